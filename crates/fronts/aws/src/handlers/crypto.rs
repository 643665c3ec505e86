use claviger_keys::{
    DataKeyPair, GenerateDataKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext,
};

use crate::{
    call::Call,
    convert::crypto as convert,
    reply::{Answer, Reply},
    wire::{
        Base64,
        crypto::{
            DecryptReply, DecryptRequest, DeriveSharedSecretReply, DeriveSharedSecretRequest, EncryptRequest,
            GenerateDataKeyPairReply, GenerateDataKeyPairRequest, GenerateDataKeyRequest, GenerateMacReply,
            GenerateMacRequest, GenerateRandomReply, GenerateRandomRequest, GetPublicKeyRequest,
            ReEncryptReply, ReEncryptRequest, SignReply, SignRequest, VerifyMacReply, VerifyMacRequest,
            VerifyReply, VerifyRequest,
        },
    },
};

pub(crate) async fn encrypt(call: &mut Call) -> Answer {
    let request: EncryptRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::encrypt(request, call.names())?;
    let encrypted = call.run_or_try(dry_run, operation).await?;
    Reply::public(&convert::encrypt_reply(&encrypted))
}

pub(crate) async fn decrypt(call: &mut Call) -> Answer {
    let request: DecryptRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::decrypt(request, call.names())?;
    let decrypted = call.run_or_try(dry_run, operation).await?;
    let reply = DecryptReply {
        key_id: &decrypted.key_arn,
        plaintext: Base64(decrypted.plaintext.expose()),
        encryption_algorithm: decrypted.algorithm.name(),
    };
    Ok(Reply::secret(&reply, decrypted.plaintext.len()))
}

pub(crate) async fn re_encrypt(call: &mut Call) -> Answer {
    let request: ReEncryptRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::re_encrypt(request, call.names())?;
    let done = call.run_or_try(dry_run, operation).await?;
    Reply::public(&ReEncryptReply {
        ciphertext_blob: Base64(&done.encrypted.ciphertext),
        source_key_id: &done.source_key_arn,
        key_id: &done.encrypted.key_arn,
        source_encryption_algorithm: done.source_algorithm.name(),
        destination_encryption_algorithm: done.encrypted.algorithm.name(),
    })
}

pub(crate) async fn generate_data_key(call: &mut Call) -> Answer {
    let request: GenerateDataKeyRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = GenerateDataKey(convert::generate_data_key(request, call.names())?);
    let made = call.run_or_try(dry_run, operation).await?;
    let secret_len = made.plaintext.len() + made.encrypted.ciphertext.len();
    Ok(Reply::secret(&convert::data_key_reply(&made.encrypted, Some(&made.plaintext)), secret_len))
}

pub(crate) async fn generate_data_key_without_plaintext(call: &mut Call) -> Answer {
    let request: GenerateDataKeyRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = GenerateDataKeyWithoutPlaintext(convert::generate_data_key(request, call.names())?);
    let encrypted = call.run_or_try(dry_run, operation).await?;
    Reply::public(&convert::data_key_reply(&encrypted, None))
}

pub(crate) async fn generate_data_key_pair(call: &mut Call) -> Answer {
    let request: GenerateDataKeyPairRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = GenerateDataKeyPair(convert::generate_data_key_pair(request, call.names())?);
    let pair = call.run_or_try(dry_run, operation).await?;
    Ok(data_key_pair_reply(&pair, Some(Base64(pair.private.expose()))))
}

pub(crate) async fn generate_data_key_pair_without_plaintext(call: &mut Call) -> Answer {
    let request: GenerateDataKeyPairRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation =
        GenerateDataKeyPairWithoutPlaintext(convert::generate_data_key_pair(request, call.names())?);
    let pair = call.run_or_try(dry_run, operation).await?;
    Ok(data_key_pair_reply(&pair, None))
}

pub(crate) async fn generate_random(call: &mut Call) -> Answer {
    let request: GenerateRandomRequest = call.parse()?;
    let bytes = call.run(convert::generate_random(request)?).await?;
    Ok(Reply::secret(&GenerateRandomReply { plaintext: Base64(bytes.expose()) }, bytes.len()))
}

pub(crate) async fn sign(call: &mut Call) -> Answer {
    let request: SignRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::sign(request, call.names())?;
    let signed = call.run_or_try(dry_run, operation).await?;
    Reply::public(&SignReply {
        key_id: &signed.key_arn,
        signature: Base64(&signed.signature),
        signing_algorithm: signed.algorithm.name(),
    })
}

pub(crate) async fn verify(call: &mut Call) -> Answer {
    let request: VerifyRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::verify(request, call.names())?;
    let verified = call.run_or_try(dry_run, operation).await?;
    Reply::public(&VerifyReply {
        key_id: &verified.key_arn,
        signature_valid: true,
        signing_algorithm: verified.algorithm.name(),
    })
}

pub(crate) async fn generate_mac(call: &mut Call) -> Answer {
    let request: GenerateMacRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::generate_mac(request, call.names())?;
    let generated = call.run_or_try(dry_run, operation).await?;
    Reply::public(&GenerateMacReply {
        mac: Base64(&generated.mac),
        mac_algorithm: generated.algorithm.name(),
        key_id: &generated.key_arn,
    })
}

pub(crate) async fn verify_mac(call: &mut Call) -> Answer {
    let request: VerifyMacRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::verify_mac(request, call.names())?;
    let verified = call.run_or_try(dry_run, operation).await?;
    Reply::public(&VerifyMacReply {
        key_id: &verified.key_arn,
        mac_valid: true,
        mac_algorithm: verified.algorithm.name(),
    })
}

pub(crate) async fn derive_shared_secret(call: &mut Call) -> Answer {
    let request: DeriveSharedSecretRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::derive_shared_secret(request, call.names())?;
    let derived = call.run_or_try(dry_run, operation).await?;
    let reply = DeriveSharedSecretReply {
        key_id: &derived.key_arn,
        shared_secret: Base64(derived.secret.expose()),
        key_agreement_algorithm: derived.algorithm.name(),
        key_origin: derived.origin.policy_name(),
    };
    Ok(Reply::secret(&reply, derived.secret.len()))
}

pub(crate) async fn get_public_key(call: &mut Call) -> Answer {
    let request: GetPublicKeyRequest<'_> = call.parse()?;
    let operation = convert::get_public_key(request, call.names())?;
    let answer = call.run(operation).await?;
    Reply::public(&convert::public_key_reply(&answer))
}

fn data_key_pair_reply(pair: &DataKeyPair, private: Option<Base64<'_>>) -> Reply {
    let secret_len = pair.private.len() + pair.encrypted.ciphertext.len() + pair.public.len();
    let reply = GenerateDataKeyPairReply {
        private_key_ciphertext_blob: Base64(&pair.encrypted.ciphertext),
        private_key_plaintext: private,
        public_key: Base64(&pair.public),
        key_id: &pair.encrypted.key_arn,
        key_pair_spec: pair.spec.policy_name(),
    };
    Reply::secret(&reply, secret_len)
}
