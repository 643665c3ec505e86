use std::pin::Pin;

use claviger_core::{Error, Reason, Result};
use http::Method;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use zeroize::Zeroizing;

use crate::{
    call::{Answered, Call},
    template::Template,
    wire,
};

/// A method of the API: what is served for it under gRPC and REST.
pub(crate) struct Endpoint {
    pub(crate) method: MethodDescriptor,
    pub(crate) row: Row,
    pub(crate) bindings: Vec<Binding>,
}

/// A line of the table of methods.
pub(crate) struct Row {
    /// The method's name in its service; they are unique among the services.
    pub(crate) rpc: &'static str,
    /// The operation, as the audit log calls it.
    pub(crate) operation: &'static str,
    /// What the caller must be allowed, if anything.
    pub(crate) action: Option<&'static str>,
    pub(crate) run: Runner,
}

/// A message in its wire form, wiped when it is dropped.
pub(crate) type Wire = Zeroizing<Vec<u8>>;

/// Parses, calls, renders.
type Runner = Box<dyn Fn(Call, &[u8]) -> Pin<Box<dyn Future<Output = Answered<Wire>> + Send>> + Send + Sync>;

/// Under which method and paths of HTTP it is served.
pub(crate) struct Binding {
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) body: Body,
}

/// What the body of a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// There is none; fields come from the query.
    Nothing,
    /// The whole message, but for what the path says.
    Whole,
    /// One field of it; the others come from the query.
    Field(String),
}

impl Row {
    /// A method with its handler.
    pub(crate) fn new<I, O, F>(
        rpc: &'static str,
        (operation, action): (&'static str, &'static str),
        handler: fn(Call, I) -> F,
    ) -> Self
    where
        I: Message + Default + 'static,
        O: Message,
        F: Future<Output = Answered<O>> + Send + 'static,
    {
        let run = move |call: Call, wire: &[u8]| -> Pin<Box<dyn Future<Output = Answered<Wire>> + Send>> {
            match I::decode(wire) {
                Ok(request) => {
                    let answer = handler(call, request);
                    Box::pin(async move { Ok(Zeroizing::new(answer.await?.encode_to_vec())) })
                }
                Err(_) => {
                    let error = Error::invalid("The request is not a message of the method's type.");
                    Box::pin(std::future::ready(Err(error.into())))
                }
            }
        };
        Self { rpc, operation, action: Some(action), run: Box::new(run) }
    }

    /// A method that every known caller may call.
    pub(crate) fn for_everybody<I, O, F>(
        rpc: &'static str,
        operation: &'static str,
        handler: fn(Call, I) -> F,
    ) -> Self
    where
        I: Message + Default + 'static,
        O: Message,
        F: Future<Output = Answered<O>> + Send + 'static,
    {
        Self { action: None, ..Self::new(rpc, (operation, ""), handler) }
    }

    /// A method that is not offered: whoever calls it is told so.
    pub(crate) fn unsupported(rpc: &'static str) -> Self {
        let run = move |_: Call, _: &[u8]| -> Pin<Box<dyn Future<Output = Answered<Wire>> + Send>> {
            let error = Error::new(Reason::Unsupported, format!("{rpc} is not supported by this service."));
            Box::pin(std::future::ready(Err(error.into())))
        };
        Self { rpc, operation: rpc, action: None, run: Box::new(run) }
    }
}

impl Endpoint {
    /// A line of the table with what the protocol definitions say of its method.
    pub(crate) fn new(row: Row, more: &[(&str, &str)]) -> Result<Self> {
        let methods = wire::methods()?;
        let method = methods.into_iter().find(|method| method.name() == row.rpc);
        let method = method.ok_or_else(|| Error::internal(format!("no method {}", row.rpc)))?;
        let mut bindings = annotated(&method)?;
        for (rpc, template) in more.iter().filter(|(rpc, _)| *rpc == row.rpc) {
            let template =
                Template::parse(template).ok_or_else(|| Error::internal(format!("template of {rpc}")))?;
            bindings.push(Binding { method: Method::GET, template, body: Body::Nothing });
        }
        Ok(Self { method, row, bindings })
    }

    /// `/google.cloud.kms.v1.KeyManagementService/Encrypt`.
    pub(crate) fn grpc_path(&self) -> String {
        format!("/{}/{}", self.method.parent_service().full_name(), self.method.name())
    }
}

/// The bindings that a method has in its definition (`google.api.http`).
fn annotated(method: &MethodDescriptor) -> Result<Vec<Binding>> {
    let wrong = || Error::internal(format!("binding of {}", method.full_name()));
    let extension = wire::descriptors()?.get_extension_by_name("google.api.http").ok_or_else(wrong)?;
    let options = method.options();
    let rule = options.get_extension(&extension);
    let rule = rule.as_message().ok_or_else(wrong)?;
    let mut rules = vec![rule.clone()];
    if let Some(additional) = rule.get_field_by_name("additional_bindings") {
        let additional = additional.as_list().ok_or_else(wrong)?;
        rules.extend(additional.iter().filter_map(Value::as_message).cloned());
    }
    rules.iter().map(|rule| binding(rule).ok_or_else(wrong)).collect()
}

fn binding(rule: &DynamicMessage) -> Option<Binding> {
    let text = |name| Some(rule.get_field_by_name(name)?.as_str()?.to_owned());
    let methods =
        [("get", Method::GET), ("post", Method::POST), ("patch", Method::PATCH), ("delete", Method::DELETE)];
    let (method, template) = methods
        .into_iter()
        .find_map(|(name, method)| Some((method, text(name).filter(|template| !template.is_empty())?)))?;
    let body = match text("body")?.as_str() {
        "" => Body::Nothing,
        "*" => Body::Whole,
        field => Body::Field(field.to_owned()),
    };
    Some(Binding { method, template: Template::parse(&template)?, body })
}
