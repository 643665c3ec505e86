//! What a PKCS#11 token does by itself. `softhsm sign MODULE LABEL PIN SECONDS` prints RSA-2048 signatures per second with a handle that is
//! found once; `softhsm fill MODULE LABEL PIN COUNT` puts so many objects on the token.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the output is the result")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    mechanism::Mechanism,
    object::{Attribute, ObjectClass},
    session::{Session, UserType},
    types::AuthPin,
};

const USAGE: &str = "usage: softhsm sign MODULE LABEL PIN SECONDS | softhsm fill MODULE LABEL PIN COUNT";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["sign", module, label, pin, seconds] => sign(&login(module, label, pin)?, seconds.parse()?),
        ["fill", module, label, pin, count] => fill(&login(module, label, pin)?, count.parse()?),
        _ => Err(USAGE.into()),
    }
}

fn login(module: &str, label: &str, pin: &str) -> Result<Session, Box<dyn Error>> {
    let context = Pkcs11::new(module)?;
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    for slot in context.get_slots_with_initialized_token()? {
        if context.get_token_info(slot)?.label() == label {
            let session = context.open_rw_session(slot)?;
            session.login(UserType::User, Some(&AuthPin::new(pin.into())))?;
            return Ok(session);
        }
    }
    Err("there is no such token".into())
}

fn sign(session: &Session, seconds: f64) -> Result<(), Box<dyn Error>> {
    let public = [Attribute::ModulusBits(2048.into()), Attribute::PublicExponent(vec![1, 0, 1])];
    let private = [Attribute::Token(false), Attribute::Sign(true)];
    let (_, key) = session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)?;
    let (started, length) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut count = 0_u32;
    while started.elapsed() < length {
        session.sign(&Mechanism::Sha256RsaPkcs, key, &[7; 32])?;
        count += 1;
    }
    println!("{}", f64::from(count) / started.elapsed().as_secs_f64());
    Ok(())
}

fn fill(session: &Session, count: u32) -> Result<(), Box<dyn Error>> {
    for number in 0..count {
        session.create_object(&[
            Attribute::Class(ObjectClass::DATA),
            Attribute::Token(true),
            Attribute::Label(number.to_be_bytes().to_vec()),
            Attribute::Value(vec![0]),
        ])?;
    }
    Ok(())
}
