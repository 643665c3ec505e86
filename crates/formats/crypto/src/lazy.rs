use std::sync::OnceLock;

/// Like `OnceLock::get_or_init` with a constructor that can fail. When two threads race, both construct and one
/// result is dropped.
pub(crate) fn get_or_try_init<T, E>(
    cell: &OnceLock<T>,
    construct: impl FnOnce() -> Result<T, E>,
) -> Result<&T, E> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = construct()?;
    Ok(cell.get_or_init(|| value))
}
