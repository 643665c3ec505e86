//! What applications need of the native API, one method for each endpoint. Keys are named by id, ARN, or `alias/` and an
//! alias.

use claviger_api::{
    CreateKey, DataKey, DataKeyPair, Decrypt, Decrypted, DeriveSharedSecret, Encrypt, Encrypted,
    GenerateDataKey, GenerateDataKeyPair, GenerateMac, GenerateRandom, GetImportParameters, ImportMaterial,
    ImportParameters, Key, KeyList, Mac, MaterialVersion, PageQuery, PublicKey, RandomBytes, ReEncrypt,
    SharedSecret, Sign, Signed, Valid, Verify, VerifyMac,
};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Call, Client, Error};

macro_rules! uses {
    ($($(#[$doc:meta])* $name:ident($key:ident, $part:literal, $request:ty) -> $answer:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// What the service says, or why it cannot be asked.
        pub async fn $name(&self, $key: &str, request: &$request) -> Result<$answer, Error> {
            self.using(&["keys", $key, $part], request).await
        }
    )*};
}

impl Client {
    uses! {
        /// Encrypts a message.
        encrypt(key, "encrypt", Encrypt) -> Encrypted;
        /// Signs a message or its digest.
        sign(key, "sign", Sign) -> Signed;
        /// Checks a signature; a wrong one is an error.
        verify(key, "verify", Verify) -> Valid;
        /// Computes a message authentication code.
        mac(key, "mac", GenerateMac) -> Mac;
        /// Checks a message authentication code; a wrong one is an error.
        verify_mac(key, "verify-mac", VerifyMac) -> Valid;
        /// Derives the secret that a key pair shares with another.
        derive(key, "derive", DeriveSharedSecret) -> SharedSecret;
        /// Makes a key for use outside, in the clear and encrypted.
        data_key(key, "data-key", GenerateDataKey) -> DataKey;
        /// Makes a key for use outside, only encrypted.
        data_key_without_plaintext(key, "data-key-without-plaintext", GenerateDataKey) -> DataKey;
        /// Makes a key pair for use outside, its private key in the clear and encrypted.
        data_key_pair(key, "data-key-pair", GenerateDataKeyPair) -> DataKeyPair;
        /// Makes a key pair for use outside, its private key only encrypted.
        data_key_pair_without_plaintext(key, "data-key-pair-without-plaintext", GenerateDataKeyPair) -> DataKeyPair;
    }

    /// Decrypts a ciphertext.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn decrypt(&self, request: &Decrypt) -> Result<Decrypted, Error> {
        self.using(&["decrypt"], request).await
    }

    /// Encrypts a ciphertext anew without showing the plaintext.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn re_encrypt(&self, request: &ReEncrypt) -> Result<Encrypted, Error> {
        self.using(&["re-encrypt"], request).await
    }

    /// Random bytes, 1 to 1024.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn random(&self, bytes: usize) -> Result<RandomBytes, Error> {
        self.using(&["random"], &GenerateRandom { bytes }).await
    }

    /// The public half of an asymmetric key.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn public_key(&self, key: &str) -> Result<PublicKey, Error> {
        self.call(Call::get(&["keys", key, "public-key"])).await
    }

    /// Everything about a key that is not secret.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn key(&self, key: &str) -> Result<Key, Error> {
        self.call(Call::get(&["keys", key])).await
    }

    /// The keys of the project, in parts: give `next` of one as `after` of the following.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn keys(&self, page: &PageQuery) -> Result<KeyList, Error> {
        let mut call = Call::get(&["keys"]);
        if let Some(after) = &page.after {
            call = call.query("after", after);
        }
        if let Some(limit) = page.limit {
            call = call.query("limit", &limit.to_string());
        }
        self.call(call).await
    }

    /// Makes a key.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn create_key(&self, request: &CreateKey) -> Result<Key, Error> {
        self.call(Call::change(Method::POST, &["keys"]).json(request)?).await
    }

    /// Prepares the import of key material.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn import_parameters(
        &self,
        key: &str,
        request: &GetImportParameters,
    ) -> Result<ImportParameters, Error> {
        self.call(Call::change(Method::POST, &["keys", key, "import-parameters"]).json(request)?).await
    }

    /// Gives a key the material that its owner brings.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn import_material(
        &self,
        key: &str,
        request: &ImportMaterial,
    ) -> Result<MaterialVersion, Error> {
        self.call(Call::change(Method::POST, &["keys", key, "material"]).json(request)?).await
    }

    async fn using<B: Serialize, A: DeserializeOwned>(&self, path: &[&str], request: &B) -> Result<A, Error> {
        self.call(Call::using(path).json(request)?).await
    }
}
