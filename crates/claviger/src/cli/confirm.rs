use std::io::{self, IsTerminal, Write};

use crate::failure::{Failure, Result};

/// Asks a person at the terminal whether to go on; nobody else can answer, and says so before.
///
/// # Errors
/// If the answer is not `yes`.
pub(super) fn confirm(what: &str) -> Result<()> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{what}: say --yes if you mean it")));
    }
    let failed = || Failure::at("the terminal can't be used");
    write!(io::stderr(), "{what}. Type yes if you mean it: ").map_err(failed())?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed())?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(Failure::new("nothing was done")),
    }
}
