//! The REST form: paths, queries and JSON bodies to messages, and back.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use claviger_core::{Error, Reason, Result};
use http::{HeaderMap, StatusCode, header, request::Parts};
use prost_reflect::{DynamicMessage, Kind, Value};

use crate::{
    Front,
    endpoint::{self, Binding, Endpoint},
    json::{self, Query},
    serve::{Parsed, Unreadable, read},
    template::{Bound, Path},
};

/// Finds the method of a request and makes its message.
pub(crate) async fn parse<'a>(front: &'a Front, parts: &Parts, body: Body) -> Result<Parsed<'a>, Unreadable> {
    let (endpoint, binding, bound) = find(front, parts)?;
    let message = async {
        let query = Query::parse(parts.uri.query().unwrap_or_default())?;
        let body = read(body, &parts.headers, front.options.body_limit).await?;
        check_type(&parts.headers, body.is_empty())?;
        message(endpoint, binding, body.expose(), bound, query)
    };
    match message.await {
        Ok(message) => Ok(Parsed { endpoint, wire: json::into_wire(message) }),
        Err(error) => Err(Unreadable { operation: Some(endpoint.row.operation), error }),
    }
}

/// The answer as JSON. Its buffer is wiped when it has been sent; what the transport copies is out of reach.
pub(crate) fn render(endpoint: &Endpoint, wire: &[u8], parts: &Parts) -> Result<Response> {
    let style = Query::parse(parts.uri.query().unwrap_or_default())?.style;
    let json = json::from_wire(wire, &endpoint.method.output(), style)?;
    let body = Body::from(Bytes::from_owner(json));
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response())
}

fn find<'a>(front: &'a Front, parts: &Parts) -> Result<(&'a Endpoint, &'a Binding, Bound)> {
    let path = Path::new(parts.uri.path());
    let bindings = front
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.bindings.iter().map(move |binding| (endpoint, binding)));
    bindings
        .filter(|(_, binding)| binding.method == parts.method)
        .find_map(|(endpoint, binding)| Some((endpoint, binding, binding.template.matches(&path)?)))
        .ok_or_else(|| Error::new(Reason::NotFound, "There is no such method and path."))
}

fn check_type(headers: &HeaderMap, is_empty: bool) -> Result<()> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).map(str::trim);
    match is_empty || kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        true => Ok(()),
        false => Err(Error::invalid("The content type must be application/json.")),
    }
}

/// The message that path, query and body make.
pub(crate) fn message(
    endpoint: &Endpoint,
    binding: &Binding,
    body: &[u8],
    bound: Bound,
    query: Query,
) -> Result<DynamicMessage> {
    let input = endpoint.method.input();
    let mut message = match &binding.body {
        endpoint::Body::Whole => json::read(body, &input)?,
        endpoint::Body::Nothing if body.trim_ascii().is_empty() => DynamicMessage::new(input),
        endpoint::Body::Nothing => return Err(Error::invalid("This request takes no body.")),
        endpoint::Body::Field(name) => {
            let wrong = || Error::internal(format!("body of {}", endpoint.row.rpc));
            let field = input.get_field_by_name(name).ok_or_else(wrong)?;
            let Kind::Message(kind) = field.kind() else { return Err(wrong()) };
            let inside = json::read(body, &kind)?;
            let mut message = DynamicMessage::new(input);
            message.set_field(&field, Value::Message(inside));
            message
        }
    };
    if binding.body == endpoint::Body::Whole && !query.fields.is_empty() {
        return Err(Error::invalid("This request takes its fields from the body, not from the query."));
    }
    for (field, text) in bound.into_iter().chain(query.fields) {
        json::set(&mut message, &field, &text)?;
    }
    Ok(message)
}
