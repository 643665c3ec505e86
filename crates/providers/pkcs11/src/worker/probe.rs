//! What the token can do, found out by doing it with keys that are gone afterwards. A list of mechanisms promises more
//! than tokens keep: SoftHSM has OAEP in it, and refuses every hash but SHA-1.

use claviger_algorithms::{key_kind, mac_hash, prehash, scheme};
use claviger_crypto::{
    AesGcm, Curve, HashAlg, HmacKey, Input, KeyKind, PrivateKey, PublicKey, aes_cbc_encrypt, aes_ctr_encrypt,
    digest, oaep_decode,
};
use claviger_provider_device::Form;
use claviger_types::{KeySpec, KeyUsage, MacAlgorithm, SecretBytes, SigningAlgorithm};
use cryptoki::{
    mechanism::{MechanismInfo, MechanismType},
    object::ObjectHandle,
    session::Session,
};

use super::{
    crypto,
    keys::{self, Made, Place},
    search,
    token::Token,
    trouble::Trouble,
};
use crate::{
    encoding, signature,
    wire::{Answer, Capabilities, Cipher, Failure, Kind, Padding, SignMechanism, Signing},
};

/// # Errors
/// If the token can't be asked. What it can't do is no error.
pub(super) fn run(token: &Token, session: &Session) -> Result<Capabilities, Trouble> {
    let mut probe = Probe {
        session,
        token,
        private: token.is_logged_in(),
        has_random: crypto::random(session, 16).is_ok(),
        found: Capabilities::default(),
    };
    if !probe.has_random {
        probe.remark("it draws no random numbers");
    }
    probe.rsa(rsa_sizes(token)?);
    for spec in [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::EcSecp256k1, KeySpec::Ed25519] {
        probe.curve(spec);
    }
    for spec in KeySpec::ALL.into_iter().filter(|spec| spec.is_symmetric()) {
        for usage in KeyUsage::ALL.into_iter().filter(|usage| spec.allows(*usage)) {
            probe.secret(spec, usage);
        }
    }
    Ok(probe.found)
}

struct Probe<'a> {
    session: &'a Session,
    token: &'a Token,
    private: bool,
    has_random: bool,
    found: Capabilities,
}

const MESSAGE: &[u8] = b"claviger: can this token do what it says?";

/// The sizes of RSA keys that can be generated, of those that we know.
fn rsa_sizes(token: &Token) -> Result<Vec<KeySpec>, Trouble> {
    let module = token.module()?;
    let Ok(info) = module.context.get_mechanism_info(module.slot, MechanismType::RSA_PKCS_KEY_PAIR_GEN)
    else {
        return Ok(Vec::new());
    };
    let fits = |spec: &KeySpec| {
        spec.rsa_bits()
            .and_then(|bits| usize::try_from(bits).ok())
            .is_some_and(|bits| (info.min_key_size()..=info.max_key_size()).contains(&bits))
    };
    Ok(KeySpec::ALL.into_iter().filter(fits).collect())
}

impl Probe<'_> {
    fn remark(&mut self, text: impl Into<String>) {
        self.found.remarks.push(text.into());
    }

    /// Keys of one size stand for all: to make one takes seconds in many tokens.
    fn rsa(&mut self, sizes: Vec<KeySpec>) {
        let spec = KeySpec::Rsa2048;
        let usages = [KeyUsage::Sign, KeyUsage::AsymmetricDecrypt];
        let kind = |spec, usage| Kind { spec, usage };
        let made = if sizes.contains(&spec) { self.made(spec, KeyUsage::Sign) } else { None };
        let foreign = self.foreign(KeyKind::Rsa(2048), spec);
        if let Some((key, public)) = &made
            && self.signs(spec, key, public)
        {
            self.found.generate.extend(sizes.iter().map(|spec| kind(*spec, KeyUsage::Sign)));
        }
        let imported = usages.map(|usage| (usage, self.imported(spec, usage, foreign.as_ref())));
        if made.is_none() && imported.iter().all(|(_, imported)| imported.is_none()) {
            self.believe(spec);
            self.believe_decryption();
        }
        for (usage, imported) in imported {
            let Some((key, public)) = imported else { continue };
            let works = match usage {
                KeyUsage::Sign => self.signs(spec, &key, &public),
                _ => self.decrypts(&key, &public),
            };
            if works {
                let all = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];
                self.found.import.extend(all.map(|spec| kind(spec, usage)));
            }
            self.gone(&key);
        }
        // A key that was made differs from one that was taken over in nothing that decryption asks for. Where none
        // can be taken over, another is made.
        let mut decrypts = !self.found.decrypt.is_empty();
        if !decrypts
            && made.is_some()
            && let Some((key, public)) = self.made(spec, KeyUsage::AsymmetricDecrypt)
        {
            decrypts = self.decrypts(&key, &public);
            self.gone(&key);
        }
        if decrypts && made.is_some() {
            self.found.generate.extend(sizes.iter().map(|spec| kind(*spec, KeyUsage::AsymmetricDecrypt)));
        }
        if let Some((key, _)) = made {
            self.gone(&key);
        }
    }

    fn curve(&mut self, spec: KeySpec) {
        let Some(kind) = key_kind(spec) else { return };
        let foreign = self.foreign(kind, spec);
        let mut tried = false;
        for usage in [KeyUsage::Sign, KeyUsage::KeyAgreement].into_iter().filter(|usage| spec.allows(*usage))
        {
            if let Some((key, public)) = self.made(spec, usage) {
                tried = true;
                if self.curve_works(spec, usage, &key, &public) {
                    self.found.generate.push(Kind { spec, usage });
                }
                self.gone(&key);
            }
            if let Some((key, public)) = self.imported(spec, usage, foreign.as_ref()) {
                tried = true;
                if self.curve_works(spec, usage, &key, &public) {
                    self.found.import.push(Kind { spec, usage });
                }
                self.gone(&key);
            }
        }
        if !tried {
            self.believe(spec);
        }
    }

    /// What the token says of signatures, where no key can be made to try them with: it may have keys that others made.
    fn believe(&mut self, spec: KeySpec) {
        for algorithm in SigningAlgorithm::of(spec) {
            let Some(scheme) = scheme(spec, *algorithm) else { continue };
            for form in signature::forms(*algorithm) {
                let known = Signing { algorithm: *algorithm, message: *form == Form::Message };
                let Ok(mechanism) = crypto::signing_mechanism(signature::mechanism(scheme, *form)) else {
                    continue;
                };
                // A list says nothing of the variants of EdDSA.
                let sure = *algorithm != SigningAlgorithm::Ed25519ph;
                if sure
                    && self.lists(mechanism.mechanism_type(), |info| info.sign())
                    && !self.found.sign.contains(&known)
                {
                    self.found.sign.push(known);
                }
            }
        }
    }

    /// The same of decryption; which hashes OAEP has, no list says either.
    fn believe_decryption(&mut self) {
        let raw = self.lists(MechanismType::RSA_X_509, |info| info.decrypt());
        let oaep = self.lists(MechanismType::RSA_PKCS_OAEP, |info| info.decrypt());
        if raw || oaep {
            let hashes = [HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha512];
            self.found.decrypt.extend(hashes.map(|hash| Padding { hash, token: !raw }));
        }
    }

    fn lists(&self, mechanism: MechanismType, allows: impl Fn(MechanismInfo) -> bool) -> bool {
        self.token
            .module()
            .is_ok_and(|module| module.context.get_mechanism_info(module.slot, mechanism).is_ok_and(allows))
    }

    fn secret(&mut self, spec: KeySpec, usage: KeyUsage) {
        let place = self.place(spec, usage);
        let known = vec![0x42; spec.symmetric_len().unwrap_or(0)];
        match keys::make(self.session, &place) {
            Ok(made) => {
                if self.secret_works(spec, usage, made.key, None) {
                    self.found.generate.push(Kind { spec, usage });
                }
                self.gone(&made);
            }
            Err(trouble) => self.failed("making", spec, usage, trouble),
        }
        match keys::take_over(self.session, &place, &known) {
            Ok(made) => {
                if self.secret_works(spec, usage, made.key, Some(&known)) {
                    self.found.import.push(Kind { spec, usage });
                }
                self.gone(&made);
            }
            Err(trouble) => self.failed("taking over", spec, usage, trouble),
        }
    }

    fn place(&self, spec: KeySpec, usage: KeyUsage) -> Place<'static> {
        Place { spec, usage, name: None, private: self.private }
    }

    /// A key made in the token, and its public half.
    fn made(&mut self, spec: KeySpec, usage: KeyUsage) -> Option<(Made, PublicKey)> {
        let made = keys::make(self.session, &self.place(spec, usage)).and_then(|made| {
            let parts = match made.public {
                Some(public) => search::public_parts(self.session, public)?,
                None => Default::default(),
            };
            let public = key_kind(spec).and_then(|kind| encoding::public_key(kind, &parts));
            let text = "its public key can't be read".to_owned();
            Ok((made, public.ok_or(Failure::Unsupported { text })?))
        });
        made.map_err(|trouble| self.failed("making", spec, usage, trouble)).ok()
    }

    /// A key made outside, to be taken over.
    fn foreign(&mut self, kind: KeyKind, spec: KeySpec) -> Option<PrivateKey> {
        let made = PrivateKey::generate(kind);
        made.map_err(|error| self.remark(format!("no key to try out {}: {error}", spec.name()))).ok()
    }

    fn imported(
        &mut self,
        spec: KeySpec,
        usage: KeyUsage,
        foreign: Option<&PrivateKey>,
    ) -> Option<(Made, PublicKey)> {
        let foreign = foreign?;
        let (material, public) = (foreign.to_pkcs8().ok()?, foreign.public_key().ok()?);
        match keys::take_over(self.session, &self.place(spec, usage), &material) {
            Ok(made) => Some((made, public)),
            Err(trouble) => {
                self.failed("taking over", spec, usage, trouble);
                None
            }
        }
    }

    fn curve_works(&mut self, spec: KeySpec, usage: KeyUsage, key: &Made, public: &PublicKey) -> bool {
        if usage == KeyUsage::Sign { self.signs(spec, key, public) } else { self.agrees(spec, key, public) }
    }

    /// Tries every way to sign with a key, and says whether there is one.
    fn signs(&mut self, spec: KeySpec, key: &Made, public: &PublicKey) -> bool {
        let mut any = false;
        for algorithm in SigningAlgorithm::of(spec) {
            for form in signature::forms(*algorithm) {
                let known = Signing { algorithm: *algorithm, message: *form == Form::Message };
                match self.sign(spec, *algorithm, *form, key, public) {
                    Ok(()) => {
                        if !self.found.sign.contains(&known) {
                            self.found.sign.push(known);
                        }
                        any = true;
                    }
                    Err(trouble) => self.failed(algorithm.name(), spec, KeyUsage::Sign, trouble),
                }
            }
        }
        any
    }

    fn sign(
        &self,
        spec: KeySpec,
        algorithm: SigningAlgorithm,
        form: Form,
        key: &Made,
        public: &PublicKey,
    ) -> Result<(), Trouble> {
        let unsupported = |text: &str| Failure::Unsupported { text: text.to_owned() };
        let scheme = scheme(spec, algorithm).ok_or_else(|| unsupported("no such algorithm"))?;
        let hashed = prehash(scheme).map(|hash| digest(hash, MESSAGE));
        let input = if form == Form::Message { MESSAGE } else { hashed.as_deref().unwrap_or(MESSAGE) };
        let text = signature::input(scheme, form, input).ok_or_else(|| unsupported("no such input"))?;
        let made = crypto::sign(self.session, key.key, signature::mechanism(scheme, form), &text)?;
        let made = signature::output(scheme, made.expose()).ok_or_else(|| unsupported("no signature"))?;
        public
            .verify(scheme, Input::Message(MESSAGE), &made)
            .map_err(|_| unsupported("the signature is not right").into())
    }

    /// Whether every hash of OAEP can be decrypted: what was encrypted with a hash that can't would be lost.
    fn decrypts(&mut self, key: &Made, public: &PublicKey) -> bool {
        [HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha512].into_iter().all(|hash| {
            if self.found.decrypt.iter().any(|known| known.hash == hash) {
                return true;
            }
            for token in [true, false] {
                match self.decrypt(hash, token, key, public) {
                    Ok(()) => {
                        self.found.decrypt.push(Padding { hash, token });
                        return true;
                    }
                    Err(trouble) => {
                        let how = if token { "OAEP" } else { "OAEP without the token's help" };
                        let how = format!("{how} with {hash:?}");
                        self.failed(&how, KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt, trouble);
                    }
                }
            }
            false
        })
    }

    fn decrypt(&self, hash: HashAlg, token: bool, key: &Made, public: &PublicKey) -> Result<(), Trouble> {
        let wrong = || Failure::Unsupported { text: "it decrypts to something else".to_owned() };
        let sealed = public.encrypt_oaep(hash, b"", MESSAGE).map_err(|_| wrong())?;
        let cipher = if token { Cipher::Oaep { hash } } else { Cipher::Rsa {} };
        let opened = crypto::decrypt(self.session, key.key, &cipher, &sealed)?;
        let opened = match token {
            true => opened,
            false => oaep_decode(hash, b"", opened.expose()).map(SecretBytes::from).map_err(|_| wrong())?,
        };
        if opened.ct_eq(MESSAGE) { Ok(()) } else { Err(wrong().into()) }
    }

    fn agrees(&mut self, spec: KeySpec, key: &Made, public: &PublicKey) -> bool {
        match self.agree(spec, key, public) {
            Ok(()) => true,
            Err(trouble) => {
                self.failed("agreeing", spec, KeyUsage::KeyAgreement, trouble);
                false
            }
        }
    }

    fn agree(&self, spec: KeySpec, key: &Made, public: &PublicKey) -> Result<(), Trouble> {
        let wrong = || Failure::Unsupported { text: "the two sides disagree".to_owned() };
        let Some(KeyKind::Ec(curve)) = key_kind(spec) else { return Err(wrong().into()) };
        let peer = PrivateKey::generate_ec(curve).map_err(|_| wrong())?;
        let point = peer.public_key_der().ok().and_then(|der| encoding::point_of_spki(&der));
        let expected = peer.agree(public.der()).map_err(|_| wrong())?;
        let point = point.ok_or_else(wrong)?;
        let agreed = crypto::agree(self.session, key.key, &point, field_len(curve))?;
        if agreed.ct_eq(&expected) { Ok(()) } else { Err(wrong().into()) }
    }

    /// Whether a secret key does all that its usage asks for. What is `known` of it is compared with our own computation.
    fn secret_works(
        &mut self,
        spec: KeySpec,
        usage: KeyUsage,
        key: ObjectHandle,
        known: Option<&[u8]>,
    ) -> bool {
        let done = match (usage, MacAlgorithm::of(spec)) {
            (KeyUsage::Mac, Some(algorithm)) => self.authenticates(mac_hash(algorithm), key, known),
            (KeyUsage::Encrypt, _) => self.seals(key, known),
            (KeyUsage::RawEncrypt, _) => self
                .seals(key, known)
                .and_then(|()| self.ciphers(|iv| Cipher::Cbc { iv }, aes_cbc_encrypt, key, known))
                .and_then(|()| self.ciphers(|iv| Cipher::Ctr { iv }, aes_ctr_encrypt, key, known)),
            _ => return false,
        };
        done.map_err(|trouble| self.failed("using", spec, usage, trouble)).is_ok()
    }

    fn authenticates(&self, hash: HashAlg, key: ObjectHandle, known: Option<&[u8]>) -> Result<(), Trouble> {
        let mac = crypto::sign(self.session, key, SignMechanism::Hmac { hash }, MESSAGE)?;
        let right = match known {
            Some(known) => mac.ct_eq(&HmacKey::new(hash, known).sign(MESSAGE)),
            None => mac.len() == hash.digest_len(),
        };
        if right { Ok(()) } else { Err(wrong_result()) }
    }

    /// AES-GCM: it opens what it seals and refuses what was changed.
    fn seals(&self, key: ObjectHandle, known: Option<&[u8]>) -> Result<(), Trouble> {
        let seal = Cipher::Gcm { iv: None, aad: b"aad".to_vec() };
        let Answer::Encrypted { iv, text } = crypto::encrypt(self.session, key, &seal, MESSAGE)? else {
            return Err(wrong_result());
        };
        let open = Cipher::Gcm { iv: Some(iv.clone()), aad: b"aad".to_vec() };
        let opened = crypto::decrypt(self.session, key, &open, text.expose())?;
        let other = Cipher::Gcm { iv: Some(iv.clone()), aad: b"other".to_vec() };
        let refused = matches!(
            crypto::decrypt(self.session, key, &other, text.expose()),
            Err(Trouble::Failed(Failure::Rejected {}))
        );
        let right = known.is_none_or(|known| {
            let nonce: Option<&[u8; 12]> = iv.as_slice().try_into().ok();
            let expected = AesGcm::new(known).ok().zip(nonce);
            expected
                .and_then(|(key, nonce)| key.seal(nonce, b"aad", MESSAGE).ok())
                .is_some_and(|sealed| text.ct_eq(&sealed))
        });
        let random = iv.len() == 12 && self.has_random;
        if random && refused && right && opened.ct_eq(MESSAGE) { Ok(()) } else { Err(wrong_result()) }
    }

    fn ciphers(
        &self,
        cipher: impl Fn(Option<Vec<u8>>) -> Cipher,
        ours: impl Fn(&[u8], &[u8; 16], &[u8]) -> Result<Vec<u8>, claviger_crypto::CryptoError>,
        key: ObjectHandle,
        known: Option<&[u8]>,
    ) -> Result<(), Trouble> {
        let (iv, message) = ([0x17; 16], [0x5a; 48]);
        let Answer::Encrypted { text, .. } =
            crypto::encrypt(self.session, key, &cipher(Some(iv.to_vec())), &message)?
        else {
            return Err(wrong_result());
        };
        let opened = crypto::decrypt(self.session, key, &cipher(Some(iv.to_vec())), text.expose())?;
        let right =
            known.is_none_or(|known| ours(known, &iv, &message).is_ok_and(|expected| text.ct_eq(&expected)));
        if right && opened.ct_eq(&message) { Ok(()) } else { Err(wrong_result()) }
    }

    fn gone(&self, key: &Made) {
        for handle in [Some(key.key), key.public].into_iter().flatten() {
            let _ = self.session.destroy_object(handle);
        }
    }

    fn failed(&mut self, what: &str, spec: KeySpec, usage: KeyUsage, trouble: Trouble) {
        let failure = Failure::from(trouble);
        self.remark(format!("{what} ({}, {}): {failure:?}", spec.name(), usage.name()));
    }
}

/// Length in bytes of a coordinate.
pub(crate) const fn field_len(curve: Curve) -> u32 {
    match curve {
        Curve::P256 | Curve::Secp256k1 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}

fn wrong_result() -> Trouble {
    Failure::Unsupported { text: "the result is not right".to_owned() }.into()
}
