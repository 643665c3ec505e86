use std::pin::Pin;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use claviger_core::Error;
use http::{Method, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        path::{Parameter, ParameterIn},
    },
};
use zeroize::Zeroizing;

use crate::call::{Call, Failure};

/// What is served under one method and path.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// Behind the prefix, with `{variable}` parts.
    pub(crate) path: &'static str,
    /// The operation, as the audit log calls it.
    pub(crate) operation: &'static str,
    /// What the caller must be allowed.
    pub(crate) action: &'static str,
    /// One sentence for people.
    pub(crate) summary: &'static str,
    /// Longest request body in bytes.
    pub(crate) body_limit: usize,
    pub(crate) status: StatusCode,
    /// Made when it is asked for: schemas take more memory than everything else that is served.
    pub(crate) documented: fn() -> Documented,
    pub(crate) run: Runner,
}

/// What a request to an endpoint and the answer look like.
pub(crate) struct Documented {
    pub(crate) query: Vec<Parameter>,
    pub(crate) request: Option<Described>,
    pub(crate) answer: Option<Described>,
}

/// Parses, calls, renders.
pub(crate) type Runner =
    Box<dyn Fn(Call, Raw) -> Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send>> + Send + Sync>;

/// Query and body of a request as they came.
pub(crate) struct Raw {
    pub(crate) query: String,
    pub(crate) is_json: bool,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// The schema of a body with those that it refers to.
pub(crate) struct Described {
    pub(crate) reference: RefOr<Schema>,
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

/// One mebibyte: more than any single message and its base64 needs.
const BODY_LIMIT: usize = 1 << 20;

impl Endpoint {
    /// Served by `handler`, whose arguments and answer are also what is documented.
    pub(crate) fn new<Q, B, A, H, F>(
        method: Method,
        path: &'static str,
        (operation, action): (&'static str, &'static str),
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        Q: DeserializeOwned + IntoParams + Send,
        B: Body,
        A: Answer,
        H: Fn(Call, Q, B) -> F + Copy + Send + Sync + 'static,
        F: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        let run = move |call: Call, raw: Raw| -> Pin<Box<dyn Future<Output = _> + Send>> {
            let parsed = query(&raw.query).and_then(|query| Ok((query, B::read(&raw)?)));
            match parsed {
                Ok((query, body)) => {
                    let answer = handler(call, query, body);
                    Box::pin(async move { Ok(answer.await?.render()) })
                }
                Err(error) => Box::pin(std::future::ready(Err(error.into()))),
            }
        };
        Self {
            method,
            path,
            operation,
            action,
            summary,
            body_limit: BODY_LIMIT,
            status: A::STATUS,
            documented: || Documented {
                query: Q::into_params(|| Some(ParameterIn::Query)),
                request: B::described(),
                answer: A::described(),
            },
            run: Box::new(run),
        }
    }

    pub(crate) fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }
}

/// What a handler takes of the body.
pub(crate) trait Body: Sized {
    fn read(raw: &Raw) -> Result<Self, Error>;
    fn described() -> Option<Described>;
}

/// What a handler answers.
pub(crate) trait Answer {
    const STATUS: StatusCode;
    fn render(self) -> Response;
    fn described() -> Option<Described>;
}

/// A JSON object.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON object that tells of something new.
pub(crate) struct Created<T>(pub(crate) T);

/// No body.
pub(crate) struct Nothing;

impl<T: DeserializeOwned + ToSchema> Body for Json<T> {
    fn read(raw: &Raw) -> Result<Self, Error> {
        if !raw.is_json {
            return Err(Error::invalid("The content type must be application/json."));
        }
        // An array would be taken for the members in their order.
        if !raw.body.trim_ascii_start().starts_with(b"{") {
            return Err(Error::invalid("The request body is not a JSON object."));
        }
        // The error names members and places, and values only where a name is expected.
        serde_json::from_slice(&raw.body)
            .map(Self)
            .map_err(|error| Error::invalid(format!("The request body is not as it must be: {error}.")))
    }

    fn described() -> Option<Described> {
        Some(describe::<T>())
    }
}

impl Body for Nothing {
    fn read(raw: &Raw) -> Result<Self, Error> {
        match raw.body.is_empty() || raw.body.trim_ascii() == b"{}" {
            true => Ok(Self),
            false => Err(Error::invalid("This request takes no body.")),
        }
    }

    fn described() -> Option<Described> {
        None
    }
}

impl<T: Serialize + ToSchema> Answer for Json<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn render(self) -> Response {
        json(Self::STATUS, &self.0)
    }

    fn described() -> Option<Described> {
        Some(describe::<T>())
    }
}

impl<T: Serialize + ToSchema> Answer for Created<T> {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn render(self) -> Response {
        json(Self::STATUS, &self.0)
    }

    fn described() -> Option<Described> {
        Some(describe::<T>())
    }
}

impl Answer for Nothing {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn render(self) -> Response {
        Self::STATUS.into_response()
    }

    fn described() -> Option<Described> {
        None
    }
}

/// The buffer is wiped when it has been sent, since it may hold a plaintext; what the transport copies is out of reach.
fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    // Invariant: the wire types serialize.
    let text = Zeroizing::new(serde_json::to_vec(body).unwrap_or_default());
    let body = axum::body::Body::from(Bytes::from_owner(text));
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn query<Q: DeserializeOwned>(text: &str) -> Result<Q, Error> {
    // Invariant: a path and an encoded query make a URI, since they were part of one.
    let uri = http::Uri::builder().path_and_query(format!("/?{text}")).build().map_err(Error::internal)?;
    let parsed = axum::extract::Query::try_from_uri(&uri);
    parsed.map(|axum::extract::Query(query)| query).map_err(|error| {
        Error::invalid(format!("The parameters of the query are not as they must be: {error}."))
    })
}

fn describe<T: ToSchema>() -> Described {
    let name = T::name().into_owned();
    let mut schemas = vec![(name.clone(), T::schema())];
    T::schemas(&mut schemas);
    Described { reference: Ref::from_schema_name(name).into(), schemas }
}
