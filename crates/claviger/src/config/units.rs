use std::time::Duration;

/// `30s`, `5m`, `12h`, `7d`, `500ms`: whole numbers.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("\"{text}\" is not a time such as \"30s\", \"15m\", \"12h\" or \"7d\"")),
    };
    let number: Option<u64> = number.parse().ok();
    let millis = number.and_then(|number| number.checked_mul(millis));
    millis.map(Duration::from_millis).ok_or_else(|| format!("\"{text}\" is not a time that we can count"))
}

/// `512B`, `16KiB`, `64MiB`, `1GiB`: whole numbers.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(format!("\"{text}\" is not a size such as \"16KiB\" or \"64MiB\"")),
    };
    let number: Option<u64> = number.parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| format!("\"{text}\" is not a size that we can count"))
}

fn split(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    (number, unit.trim_start())
}
