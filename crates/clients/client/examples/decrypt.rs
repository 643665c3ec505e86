//! Opens a ciphertext of RSAES-OAEP with SHA-256, with a key that never leaves the service.
//!
//! `cargo run -p claviger-client --example decrypt -- https://kms.example:7443 ca.pem token alias/box < ciphertext > plaintext`

use std::{
    error::Error,
    io::{Read, Write, stdin, stdout},
};

use claviger_client::{Client, OaepHash, RemoteDecrypter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: decrypt URL CA TOKEN KEY");
    let (url, ca, token, key) = (argument()?, argument()?, argument()?, argument()?);

    // Allowed kms:GetPublicKey and kms:Decrypt on that key, and nothing else.
    let client = Client::https(&url).trust_file(ca)?.token_file(token)?.build()?;
    let decrypter = RemoteDecrypter::open(&client, &key).await?;
    let mut ciphertext = Vec::new();
    stdin().read_to_end(&mut ciphertext)?;
    let plaintext = decrypter.decrypt(&ciphertext, OaepHash::Sha256).await?;
    stdout().write_all(&plaintext)?;
    Ok(())
}
