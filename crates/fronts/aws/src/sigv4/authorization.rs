use super::Rejection;

/// The `Authorization` header of a signed request.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Id of the access key.
    pub access_key: &'a str,
    /// Everything of the credential behind the access key: date, region, service and terminator.
    pub scope: &'a str,
    /// Day of the scope, eight digits.
    pub date: &'a str,
    /// Region of the scope.
    pub region: &'a str,
    /// Service of the scope.
    pub service: &'a str,
    /// What ends the scope, `aws4_request`.
    pub terminator: &'a str,
    /// Names of the headers that are covered: lower case, sorted, separated by semicolons.
    pub signed_headers: &'a str,
    /// The signature.
    pub signature: [u8; 32],
}

impl<'a> Authorization<'a> {
    /// Reads the value of the header. Unknown and repeated parameters are refused.
    ///
    /// # Errors
    /// What is missing or not as it must be.
    pub fn parse(header: &'a str) -> Result<Self, Rejection> {
        let Some((algorithm, parameters)) = header.trim().split_once(' ') else {
            return Err(Rejection::incomplete("Authorization header is not complete."));
        };
        if algorithm != "AWS4-HMAC-SHA256" {
            return Err(Rejection::incomplete("Unsupported AWS 'algorithm': only AWS4-HMAC-SHA256 is."));
        }
        let [credential, signed_headers, signature] = parameters_of(parameters)?;
        let (access_key, scope) = credential.split_once('/').ok_or_else(bad_credential)?;
        let [date, region, service, terminator] = fields(scope).ok_or_else(bad_credential)?;
        if access_key.is_empty() || date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad_credential());
        }
        check_signed_headers(signed_headers)?;
        let signature = parse_signature(signature)
            .ok_or_else(|| Rejection::incomplete("'Signature' must be 64 lower-case hexadecimal digits."))?;
        Ok(Self { access_key, scope, date, region, service, terminator, signed_headers, signature })
    }

    /// Whether the header with this name (in lower case) is covered.
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }
}

/// `Credential`, `SignedHeaders` and `Signature`, each once, in any order.
fn parameters_of(text: &str) -> Result<[&str; 3], Rejection> {
    const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];
    let mut found = [None; 3];
    for parameter in text.split(',') {
        let (name, value) = parameter.trim().split_once('=').ok_or_else(|| {
            Rejection::incomplete("Authorization header has a part that is not a key=value pair.")
        })?;
        let slot = NAMES.iter().zip(&mut found).find(|(known, _)| **known == name);
        match slot {
            Some((_, slot @ None)) => *slot = Some(value),
            Some((_, Some(_))) => {
                return Err(Rejection::incomplete(format!(
                    "Authorization header has '{name}' more than once."
                )));
            }
            None => {
                return Err(Rejection::incomplete("Authorization header has a parameter that is not known."));
            }
        }
    }
    let [credential, signed_headers, signature] = found;
    let missing =
        |name: &str| Rejection::incomplete(format!("Authorization header requires '{name}' parameter."));
    Ok([
        credential.ok_or_else(|| missing("Credential"))?,
        signed_headers.ok_or_else(|| missing("SignedHeaders"))?,
        signature.ok_or_else(|| missing("Signature"))?,
    ])
}

fn fields(scope: &str) -> Option<[&str; 4]> {
    let mut parts = scope.split('/');
    let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(fields)
}

fn check_signed_headers(names: &str) -> Result<(), Rejection> {
    let mut previous = "";
    for name in names.split(';') {
        let token = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(Rejection::incomplete("'SignedHeaders' must be names of headers in lower case."));
        }
        // Sorted and without repetition, as a client must write them into what it signs.
        if name <= previous {
            return Err(Rejection::incomplete("'SignedHeaders' must be sorted, each once."));
        }
        previous = name;
    }
    Ok(())
}

fn parse_signature(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut signature = [0; 32];
    for (byte, pair) in signature.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(digit);
        *byte = high? << 4 | low?;
    }
    Some(signature)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn bad_credential() -> Rejection {
    Rejection::incomplete(
        "Credential must have exactly 5 slash-delimited elements: key/date/region/service/aws4_request.",
    )
}
