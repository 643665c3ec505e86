//! A PKCS#11 module for tests: SoftHSM, with faults.
//!
//! `SHIM_MODULE` names the module behind it, `SHIM_CONTROL` a directory by whose files it is told what to do and in which it
//! tells what was done. The functions below say which.
#![expect(unsafe_code, reason = "a PKCS#11 module is a table of C functions")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a module that is only for tests")]

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::OnceLock,
    thread,
    time::Duration,
};

use cryptoki_sys::{
    CK_ATTRIBUTE_PTR, CK_BBOOL, CK_BYTE_PTR, CK_FLAGS, CK_FUNCTION_LIST, CK_FUNCTION_LIST_PTR,
    CK_FUNCTION_LIST_PTR_PTR, CK_MECHANISM_PTR, CK_NOTIFY, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE_PTR, CK_RV,
    CK_SESSION_HANDLE, CK_SESSION_HANDLE_PTR, CK_SLOT_ID, CK_SLOT_ID_PTR, CK_ULONG, CK_ULONG_PTR,
    CK_USER_TYPE, CK_UTF8CHAR_PTR, CKM_AES_CBC, CKM_AES_GCM, CKR_MECHANISM_INVALID, CKR_OK,
    CKR_TEMPLATE_INCONSISTENT, Pkcs11,
};

/// Gives the table of functions.
///
/// # Safety
/// As the specification has it: `list` points to where a pointer can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    let shim = shim();
    // SAFETY: the caller gives a place for a pointer. Nobody writes through it.
    unsafe { *list = (&raw const shim.ours).cast_mut() };
    CKR_OK
}

struct Shim {
    ours: CK_FUNCTION_LIST,
    theirs: CK_FUNCTION_LIST,
    control: PathBuf,
    _module: Pkcs11,
}

fn shim() -> &'static Shim {
    static SHIM: OnceLock<Shim> = OnceLock::new();
    SHIM.get_or_init(|| {
        let control = PathBuf::from(env::var_os("SHIM_CONTROL").expect("SHIM_CONTROL is not set"));
        let module = env::var_os("SHIM_MODULE").expect("SHIM_MODULE is not set");
        let mut list: CK_FUNCTION_LIST_PTR = std::ptr::null_mut();
        // SAFETY: it is SoftHSM, which has no more side effects than any library and keeps to the specification. The list
        // lives as long as the module, which is never unloaded.
        let (module, theirs) = unsafe {
            let module = Pkcs11::new(module).expect("the module can't be loaded");
            assert_eq!(module.C_GetFunctionList(&raw mut list), CKR_OK);
            (module, *list)
        };
        look_around(&control);
        let ours = CK_FUNCTION_LIST {
            C_CreateObject: Some(create_object),
            C_EncryptInit: Some(encrypt_init),
            C_FindObjectsInit: Some(find_objects_init),
            C_GenerateKeyPair: Some(generate_key_pair),
            C_GetSlotList: Some(get_slot_list),
            C_Login: Some(login),
            C_OpenSession: Some(open_session),
            C_Sign: Some(sign),
            C_SignInit: Some(sign_init),
            C_UnwrapKey: Some(unwrap_key),
            ..theirs
        };
        Shim { ours, theirs, control, _module: module }
    })
}

/// What the module sees of the world: files `pid`, `environment`, `descriptors`; `secret` and `written` with what came of
/// reading the file that `SHIM_SECRET` names and of writing one beside it, `connected` with what came of connecting to a
/// socket there.
fn look_around(control: &std::path::Path) {
    let tell = |name: &str, text: String| fs::write(control.join(name), text).unwrap();
    tell("environment", env::vars().map(|(name, _)| name).collect::<Vec<_>>().join(" "));
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        Some(target.display().to_string())
    });
    tell("descriptors", descriptors.collect::<Vec<_>>().join("\n"));
    if let Some(secret) = env::var_os("SHIM_SECRET") {
        let connected = UnixStream::connect(PathBuf::from(&secret).with_extension("socket"));
        tell("connected", format!("{:?}", connected.map(drop).map_err(|error| error.kind())));
        tell("secret", fs::read_to_string(&secret).unwrap_or_else(|error| format!("{:?}", error.kind())));
        let written = fs::write(PathBuf::from(secret).with_extension("new"), "");
        tell("written", format!("{:?}", written.map_err(|error| error.kind())));
    }
    tell("pid", std::process::id().to_string());
}

impl Shim {
    /// Adds a byte to a file.
    fn count(&self, name: &str) {
        let file = OpenOptions::new().append(true).create(true).open(self.control.join(name));
        file.unwrap().write_all(b".").unwrap();
    }

    /// Waits as long as a file is there.
    fn hang(&self, name: &str) {
        while self.control.join(name).exists() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The error in a file, which is removed.
    fn fault(&self, name: &str) -> Option<CK_RV> {
        let path = self.control.join(name);
        let code = fs::read_to_string(&path).ok()?;
        fs::remove_file(path).ok()?;
        Some(code.trim().parse().unwrap())
    }
}

/// There is no GCM as long as there is a file `no-gcm`, and no CBC as long as there is `no-cbc`.
unsafe extern "C" fn encrypt_init(
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the caller gives a mechanism.
    let missing = match unsafe { (*mechanism).mechanism } {
        CKM_AES_GCM => "no-gcm",
        CKM_AES_CBC => "no-cbc",
        _ => "",
    };
    if !missing.is_empty() && shim().control.join(missing).exists() {
        return CKR_MECHANISM_INVALID;
    }
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_EncryptInit.unwrap()(session, mechanism, key) }
}

/// Counts in `finds`.
unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    template: CK_ATTRIBUTE_PTR,
    count: CK_ULONG,
) -> CK_RV {
    shim().count("finds");
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_FindObjectsInit.unwrap()(session, template, count) }
}

/// As long as there is a file `away`, there are no slots.
unsafe extern "C" fn get_slot_list(
    with_token: CK_BBOOL,
    slots: CK_SLOT_ID_PTR,
    count: CK_ULONG_PTR,
) -> CK_RV {
    if shim().control.join("away").exists() {
        // SAFETY: the caller gives a place for a number.
        unsafe { *count = 0 };
        return CKR_OK;
    }
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_GetSlotList.unwrap()(with_token, slots, count) }
}

/// Counts in `logins`, waits for `hang-login` to go, and fails once with the error in `fail-login`.
unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: CK_UTF8CHAR_PTR,
    len: CK_ULONG,
) -> CK_RV {
    shim().count("logins");
    shim().hang("hang-login");
    match shim().fault("fail-login") {
        Some(code) => code,
        // SAFETY: passed on as they came.
        None => unsafe { shim().theirs.C_Login.unwrap()(session, user, pin, len) },
    }
}

/// Fails once with the error in `fail-sign`.
unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    match shim().fault("fail-sign") {
        Some(code) => code,
        // SAFETY: passed on as they came.
        None => unsafe { shim().theirs.C_SignInit.unwrap()(session, mechanism, key) },
    }
}

/// Counts in `signs`, and waits for `hang-sign` to go.
unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: CK_BYTE_PTR,
    data_len: CK_ULONG,
    signature: CK_BYTE_PTR,
    signature_len: CK_ULONG_PTR,
) -> CK_RV {
    if !signature.is_null() {
        shim().count("signs");
        shim().hang("hang-sign");
    }
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_Sign.unwrap()(session, data, data_len, signature, signature_len) }
}

/// Does not exist as long as there is a file `no-unwrap`.
unsafe extern "C" fn unwrap_key(
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    unwrapping: CK_OBJECT_HANDLE,
    wrapped: CK_BYTE_PTR,
    len: CK_ULONG,
    template: CK_ATTRIBUTE_PTR,
    count: CK_ULONG,
    key: CK_OBJECT_HANDLE_PTR,
) -> CK_RV {
    if shim().control.join("no-unwrap").exists() {
        return CKR_MECHANISM_INVALID;
    }
    // SAFETY: passed on as they came.
    unsafe {
        shim().theirs.C_UnwrapKey.unwrap()(session, mechanism, unwrapping, wrapped, len, template, count, key)
    }
}

/// Does not exist as long as there is a file `no-keys`.
unsafe extern "C" fn generate_key_pair(
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    public_template: CK_ATTRIBUTE_PTR,
    public_count: CK_ULONG,
    private_template: CK_ATTRIBUTE_PTR,
    private_count: CK_ULONG,
    public: CK_OBJECT_HANDLE_PTR,
    private: CK_OBJECT_HANDLE_PTR,
) -> CK_RV {
    if shim().control.join("no-keys").exists() {
        return CKR_MECHANISM_INVALID;
    }
    // SAFETY: passed on as they came.
    unsafe {
        shim().theirs.C_GenerateKeyPair.unwrap()(
            session,
            mechanism,
            public_template,
            public_count,
            private_template,
            private_count,
            public,
            private,
        )
    }
}

/// Counts in `sessions`.
unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut std::ffi::c_void,
    notify: CK_NOTIFY,
    session: CK_SESSION_HANDLE_PTR,
) -> CK_RV {
    shim().count("sessions");
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_OpenSession.unwrap()(slot, flags, application, notify, session) }
}

/// Does not exist as long as there is a file `no-keys`. Counts in `creations`.
unsafe extern "C" fn create_object(
    session: CK_SESSION_HANDLE,
    template: CK_ATTRIBUTE_PTR,
    count: CK_ULONG,
    object: CK_OBJECT_HANDLE_PTR,
) -> CK_RV {
    if shim().control.join("no-keys").exists() {
        return CKR_TEMPLATE_INCONSISTENT;
    }
    shim().count("creations");
    // SAFETY: passed on as they came.
    unsafe { shim().theirs.C_CreateObject.unwrap()(session, template, count, object) }
}
