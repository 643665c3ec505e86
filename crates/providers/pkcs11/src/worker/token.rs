use std::{
    collections::HashMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use claviger_types::SecretBytes;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    object::ObjectHandle,
    session::{Session, UserType},
    slot::{Limit, Slot, TokenInfo},
    types::RawAuthPin,
};

use super::{crypto, keys, probe, search, trouble::Trouble};
use crate::{
    uri::TokenMatch,
    wire::{Answer, Class, Confinement, Failure, Open, Request, TokenState},
};

/// The token, once it is open, and what all sessions know of it.
pub(super) struct Token {
    confinement: Confinement,
    sessions: u16,
    module: OnceLock<Module>,
    /// Handles of keys by class and `CKA_ID`: a search costs more than a signature.
    handles: Mutex<HashMap<(Class, Vec<u8>), ObjectHandle>>,
    /// Logged in and never used: a token logs out when the last session is closed.
    keeper: Mutex<Option<Session>>,
    logged_in: AtomicBool,
}

pub(super) struct Module {
    pub(super) context: Pkcs11,
    pub(super) slot: Slot,
}

/// More keys than this in use, and their handles are looked up anew.
const MOST_HANDLES: usize = 100_000;

impl Token {
    pub(super) fn new(open: &Open, confinement: Confinement) -> Self {
        Self {
            confinement,
            sessions: open.sessions.max(1),
            module: OnceLock::new(),
            handles: Mutex::default(),
            keeper: Mutex::default(),
            logged_in: AtomicBool::new(false),
        }
    }

    pub(super) fn carry_out(
        &self,
        session: &mut Option<Session>,
        request: Request,
    ) -> Result<Answer, Failure> {
        match request {
            Request::Open { open } => Ok(Answer::Opened { token: self.open(&open)? }),
            Request::Login { pin } => self.login(pin).map(|()| Answer::Done {}).map_err(Failure::from),
            Request::Probe {} => {
                let capabilities = self.with(session, |session| probe::run(self, session))?;
                Ok(Answer::Probed { capabilities })
            }
            Request::Random { len } => self.with(session, |session| crypto::random(session, len)),
            Request::Generate { key } => self.with(session, |session| keys::generate(self, session, &key)),
            Request::Import { key, material } => {
                self.with(session, |session| keys::import(self, session, &key, &material))
            }
            Request::Find { class, id, label } => self
                .with(session, |session| search::find(self, session, class, id.as_deref(), label.as_deref())),
            Request::Tagged {} => self.with(session, search::tagged),
            Request::Destroy { key } => self.with(session, |session| keys::destroy(self, session, &key)),
            Request::Sign { id, mechanism, text } => {
                let class = crypto::signing_class(mechanism);
                self.with_key(session, class, &id, |session, key| {
                    crypto::sign(session, key, mechanism, text.expose()).map(|bytes| Answer::Bytes { bytes })
                })
            }
            Request::Encrypt { id, cipher, text } => {
                self.with_key(session, Class::Secret {}, &id, |session, key| {
                    crypto::encrypt(session, key, &cipher, text.expose())
                })
            }
            Request::Decrypt { id, cipher, text } => {
                let class = crypto::decryption_class(&cipher);
                self.with_key(session, class, &id, |session, key| {
                    crypto::decrypt(session, key, &cipher, text.expose()).map(|bytes| Answer::Bytes { bytes })
                })
            }
            Request::DecryptNamed { label, cipher, text } => self.with(session, |session| {
                let key = search::named(session, &label)?;
                crypto::decrypt(session, key, &cipher, text.expose()).map(|bytes| Answer::Bytes { bytes })
            }),
            Request::Agree { id, point, len } => {
                self.with_key(session, Class::Private {}, &id, |session, key| {
                    crypto::agree(session, key, &point, len).map(|bytes| Answer::Bytes { bytes })
                })
            }
        }
    }

    /// Lets go of the device. All sessions but our own are closed.
    pub(super) fn close(self) {
        drop(self.keeper);
        if let Some(module) = self.module.into_inner() {
            // The process ends whatever it says.
            let _ = module.context.finalize();
        }
    }

    /// # Errors
    /// `Gone` before the token is open.
    pub(super) fn module(&self) -> Result<&Module, Failure> {
        self.module.get().ok_or_else(|| Failure::Gone { text: "the token is not open".to_owned() })
    }

    /// Whether keys can be made that only who is logged in sees.
    pub(super) fn is_logged_in(&self) -> bool {
        self.logged_in.load(Ordering::Relaxed)
    }

    /// Forgets where a key is.
    pub(super) fn forget(&self, class: Class, id: &[u8]) {
        self.handles().remove(&(class, id.to_vec()));
    }

    pub(super) fn remember(&self, class: Class, id: &[u8], handle: ObjectHandle) {
        let mut handles = self.handles();
        if handles.len() >= MOST_HANDLES {
            handles.clear();
        }
        handles.insert((class, id.to_vec()), handle);
    }

    fn handles(&self) -> MutexGuard<'_, HashMap<(Class, Vec<u8>), ObjectHandle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something in a session, once more in a new one if the session turns out to be dead. After any failure the
    /// session is given up, so that nothing half done is left in it.
    fn with<T>(
        &self,
        slot: &mut Option<Session>,
        work: impl Fn(&Session) -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        for last in [false, true] {
            let session = match slot.take() {
                Some(session) => session,
                None => self.new_session()?,
            };
            match work(&session) {
                Ok(done) => {
                    *slot = Some(session);
                    return Ok(done);
                }
                Err(Trouble::Session(_) | Trouble::Object) if !last => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Err(Failure::Broken { text: "no session lasts".to_owned() })
    }

    /// The same with a key, whose handle is looked up again if it is not known any more.
    fn with_key<T>(
        &self,
        slot: &mut Option<Session>,
        class: Class,
        id: &[u8],
        work: impl Fn(&Session, ObjectHandle) -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        self.with(slot, |session| {
            let known = self.handles().get(&(class, id.to_vec())).copied();
            let handle = match known {
                Some(handle) => handle,
                None => search::key(self, session, class, id)?,
            };
            let done = work(session, handle);
            if matches!(done, Err(Trouble::Object)) {
                self.forget(class, id);
            }
            done
        })
    }

    fn new_session(&self) -> Result<Session, Failure> {
        let module = self.module()?;
        let session = match module.context.open_rw_session(module.slot) {
            // Its keys can be used all the same.
            Err(Error::Pkcs11(RvError::TokenWriteProtected, _)) => {
                module.context.open_ro_session(module.slot)
            }
            other => other,
        };
        session.map_err(|error| Failure::from(Trouble::from(error)))
    }

    fn open(&self, open: &Open) -> Result<TokenState, Failure> {
        let fail = |error: Error| Failure::from(Trouble::from(error));
        let context = Pkcs11::new(Path::new(OsStr::from_bytes(&open.module))).map_err(fail)?;
        context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(fail)?;
        let slot = one_slot(&context, &open.token)?;
        let token = context.get_token_info(slot).map_err(fail)?;
        let library = context.get_library_info().map_err(fail)?;
        let state = TokenState {
            label: token.label().to_owned(),
            serial: token.serial_number().to_owned(),
            identity: format!("{library:?} {} {}", token.model(), token.firmware_version()),
            login_required: token.login_required(),
            protected_path: token.protected_authentication_path(),
            pin_locked: token.user_pin_locked(),
            pin_final_try: token.user_pin_final_try(),
            sessions: usable_sessions(&token, self.sessions),
            confinement: self.confinement,
        };
        // Only one request opens the token.
        let _ = self.module.set(Module { context, slot });
        Ok(state)
    }

    fn login(&self, pin: Option<SecretBytes>) -> Result<(), Trouble> {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        // Closed before another is opened, for tokens that count sessions.
        drop(keeper.take());
        let session = self.new_session()?;
        let outcome = match pin {
            Some(pin) => {
                let pin = RawAuthPin::new(Box::new(pin.expose().to_vec()));
                session.login_with_raw(UserType::User, &pin)
            }
            None => session.login(UserType::User, None),
        };
        match outcome {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                // What was found before belongs to another login.
                self.handles().clear();
                self.logged_in.store(true, Ordering::Relaxed);
                *keeper = Some(session);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The one slot whose token is meant.
fn one_slot(context: &Pkcs11, wanted: &TokenMatch) -> Result<Slot, Failure> {
    let fail = |error: Error| Failure::from(Trouble::from(error));
    let mut found = Vec::new();
    for slot in context.get_slots_with_token().map_err(fail)? {
        let token = match context.get_token_info(slot) {
            Ok(token) => token,
            // It was pulled out since.
            Err(_) => continue,
        };
        if token.token_initialized() && is_wanted(context, slot, &token, wanted).map_err(fail)? {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(Failure::Gone { text: "no token is there that fits the configuration".to_owned() }),
        _ => {
            let text = format!("{} tokens fit the configuration; it has to name one", found.len());
            Err(Failure::Gone { text })
        }
    }
}

fn is_wanted(context: &Pkcs11, slot: Slot, token: &TokenInfo, wanted: &TokenMatch) -> Result<bool, Error> {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let of_token = is(&wanted.label, token.label())
        && is(&wanted.manufacturer, token.manufacturer_id())
        && is(&wanted.model, token.model())
        && is(&wanted.serial, token.serial_number())
        && wanted.slot_id.is_none_or(|id| id == slot.id());
    if !of_token || (wanted.slot_description.is_none() && wanted.slot_manufacturer.is_none()) {
        return Ok(of_token);
    }
    let of_slot = context.get_slot_info(slot)?;
    Ok(is(&wanted.slot_description, of_slot.slot_description())
        && is(&wanted.slot_manufacturer, of_slot.manufacturer_id()))
}

/// How many of our sessions the token allows, besides the one that keeps us logged in.
fn usable_sessions(token: &TokenInfo, wanted: u16) -> u16 {
    match token.max_rw_session_count() {
        Limit::Max(most) => u16::try_from(most.saturating_sub(1)).unwrap_or(u16::MAX).clamp(1, wanted),
        Limit::Unavailable | Limit::Infinite => wanted,
    }
}
