use clap::CommandFactory;

use super::Cli;

/// Clap finds what is wrong with a command only when it is used; this uses all.
#[test]
fn every_command_is_well_formed() {
    Cli::command().debug_assert();
}

/// What is secret must not be an argument, which every user of the machine can read.
#[test]
fn no_secret_is_an_argument() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            let name = argument.get_id().as_str();
            let is_secret = ["passphrase", "password", "secret", "plaintext", "material", "private_key"]
                .iter()
                .any(|word| name.contains(word));
            let values: Vec<_> =
                argument.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect();
            let names_a_place = values == ["FILE"] || values == ["N"];
            assert!(!is_secret || names_a_place, "{} takes {name} as an argument", command.get_name());
        }
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}
