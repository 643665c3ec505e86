use claviger_api::{PREFIX, Problem};
use http::Method;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder, PathItem,
        PathsBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::endpoint::{Documented, Endpoint};

const DESCRIPTION: &str = "The native API of Claviger. Bytes are standard base64, times RFC 3339 in UTC. Every refusal is \
a problem document (RFC 9457) whose `reason` is the word that the audit log has, too. A caller proves himself with a \
bearer token or a client certificate over TLS, or at the Unix socket by the user of the machine that he is. The header \
`claviger-dry-run: true` lets everything be checked and nothing be done.";

/// The OpenAPI 3.1 document of these endpoints.
pub(crate) fn document(endpoints: &[Endpoint]) -> String {
    let mut paths = PathsBuilder::new();
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    for endpoint in endpoints {
        let documented = (endpoint.documented)();
        let item = PathItem::new(method(&endpoint.method), operation(endpoint, &documented));
        let described = documented.request.into_iter().chain(documented.answer);
        schemas.extend(described.flat_map(|described| described.schemas));
        paths = paths.path(format!("{PREFIX}{}", endpoint.path), item);
    }
    let info = InfoBuilder::new()
        .title("Claviger")
        .version("1")
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let security = [
        SecurityRequirement::new("token", Vec::<String>::new()),
        SecurityRequirement::new("certificate", Vec::<String>::new()),
    ];
    let document = OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components(schemas)))
        .security(Some(security))
        .build();
    // Invariant: a document of strings, numbers and maps with string keys serializes.
    document.to_pretty_json().unwrap_or_default() + "\n"
}

fn operation(endpoint: &Endpoint, documented: &Documented) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(endpoint)))
        .tag(area(endpoint.path))
        .summary(Some(endpoint.summary))
        .description(Some(format!("Asks for the action `{}`.", endpoint.action)));
    for name in variables(endpoint.path) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(variable(name)))
            .schema(Some(String::schema()));
        operation = operation.parameter(parameter);
    }
    for parameter in &documented.query {
        operation = operation.parameter(parameter.clone());
    }
    if let Some(body) = &documented.request {
        let content = ContentBuilder::new().schema(Some(body.reference.clone())).build();
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    let mut done = ResponseBuilder::new().description(endpoint.status.canonical_reason().unwrap_or("OK"));
    if let Some(answer) = &documented.answer {
        let content = ContentBuilder::new().schema(Some(answer.reference.clone())).build();
        done = done.content("application/json", content);
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let refused = ResponseBuilder::new()
        .description("Not done; the reason says why")
        .content("application/problem+json", problem);
    operation.response(endpoint.status.as_str(), done.build()).response("default", refused.build()).build()
}

fn components(schemas: Vec<(String, RefOr<Schema>)>) -> Components {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token that `POST /principals/{principal}/credentials` answered."))
        .build();
    let certificate = SecurityScheme::MutualTls {
        description: Some("A client certificate whose public key is registered as a credential.".to_owned()),
        deprecated: None,
        extensions: None,
    };
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("token", SecurityScheme::Http(token))
        .security_scheme("certificate", certificate)
        .build()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::DELETE => HttpMethod::Delete,
        Method::GET => HttpMethod::Get,
        Method::PUT => HttpMethod::Put,
        _ => HttpMethod::Post,
    }
}

/// The operation's name; where two endpoints have the same operation, with the last part of the path.
fn operation_id(endpoint: &Endpoint) -> String {
    match (endpoint.operation, endpoint.path.rsplit('/').next()) {
        ("UpdatePrincipal", Some("enable")) => "EnablePrincipal".to_owned(),
        ("UpdatePrincipal", Some("disable")) => "DisablePrincipal".to_owned(),
        ("SetVersionEnabled", Some("enable")) => "EnableKeyVersion".to_owned(),
        ("SetVersionEnabled", Some("disable")) => "DisableKeyVersion".to_owned(),
        ("RetireGrant", Some("retire-grant")) => "RetireGrantByToken".to_owned(),
        (operation, _) => operation.to_owned(),
    }
}

/// The first part of the path.
fn area(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// The names in braces.
pub(crate) fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn variable(name: &str) -> &'static str {
    match name {
        "authority" => "Name of the certificate authority.",
        "alias" => "Name of the alias, without `alias/`, percent-encoded.",
        "credential" => "Id of the credential.",
        "grant" => "Id of the grant.",
        "key" => "The key: its id, its ARN, or `alias/` and an alias, percent-encoded.",
        "keyslot" => "Id of the keyslot.",
        "policy" => "Name of the policy.",
        "principal" => "Name of the principal.",
        "provider" => {
            "Name of the provider, as it is configured or was last; or what it is known as for good."
        }
        "tag" => "What is written on the key in its device, hexadecimal digits.",
        "version" => "Number of the version.",
        "serial" => "Serial number of the certificate, hexadecimal digits.",
        _ => "",
    }
}
