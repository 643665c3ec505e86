use std::sync::Arc;

use claviger_core::{
    Authorized, Effect, Error, Gate, KeyProof, ObjectEntry, ObjectProof, Operation, Params, Reason, Result,
    Scope, actions,
};
use claviger_crypto::aes_kw_wrap;
use claviger_types::{ObjectId, SecretBytes};

use crate::ObjectView;

/// The value of an object.
pub struct GetObject {
    /// The object.
    pub id: ObjectId,
    /// How it is to be wrapped; in the clear if absent.
    pub wrap: Option<Wrap>,
}

/// AES key wrap (RFC 3394) of what leaves.
pub struct Wrap {
    /// The wrapping key: an exportable AES key.
    pub key: ObjectId,
    /// What is wrapped: a multiple of 8 bytes, at least 16. Pure.
    pub encode: Box<Encode>,
}

/// Makes the bytes of a value, of whatever form its front wants.
pub type Encode = dyn Fn(&ObjectView, &Content) -> Result<SecretBytes> + Send + Sync;

/// What the value of an object is.
pub enum Content {
    /// SubjectPublicKeyInfo in DER of a public half.
    Public(Arc<[u8]>),
    /// Raw bytes of a symmetric key.
    Symmetric(SecretBytes),
    /// PKCS#8 in DER of a private key.
    Private(SecretBytes),
    /// The value of what is only kept, as its front has encoded it.
    Kept(SecretBytes),
    /// The content as [`Wrap`] encodes it, wrapped.
    Wrapped(Vec<u8>),
}

/// An object with its value.
pub struct GotObject {
    /// The object.
    pub view: ObjectView,
    /// Its value.
    pub content: Content,
}

/// The proof for [`GetObject`], with that for the wrapping key.
pub struct GetProof {
    subject: Subject,
    wrapping: Option<ObjectProof<actions::WrapKey, actions::WrapKey>>,
}

enum Subject {
    Public(ObjectProof<actions::GetPublicKey, actions::GetObject>),
    Secret(ObjectProof<actions::ExportKey, actions::GetObject>),
}

impl Operation for GetObject {
    type Proof = GetProof;
    type Output = GotObject;
    const NAME: &'static str = "GetObject";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<GetProof> {
        let params = self.params();
        let subject = match self.id.is_public_half() {
            true => Subject::Public(gate.object(self.id, &params).await?),
            false => Subject::Secret(gate.object(self.id, &params).await?),
        };
        let wrapping = match &self.wrap {
            Some(wrap) => Some(gate.object(wrap.key, &params).await?),
            None => None,
        };
        Ok(GetProof { subject, wrapping })
    }

    async fn run(&self, proof: GetProof, scope: &Scope<'_>) -> Result<GotObject> {
        let (view, content) = match &proof.subject {
            Subject::Public(proof) => (ObjectView::of(proof), public(proof, scope)?),
            Subject::Secret(proof) => {
                let view = ObjectView::of(proof);
                self.check(&view)?;
                let content = secret(proof, scope).await?;
                (view, content)
            }
        };
        let content = match (&self.wrap, &proof.wrapping) {
            (Some(wrap), Some(key)) => wrapped(&(wrap.encode)(&view, &content)?, key, scope).await?,
            _ => content,
        };
        Ok(GotObject { view, content })
    }
}

impl GetObject {
    /// Refuses what may not leave so, whatever policies say.
    fn check(&self, view: &ObjectView) -> Result<()> {
        let refused = |why: &str| Err(Error::new(Reason::NotExtractable, why));
        if view.state.is_destroyed() {
            return Err(Error::new(Reason::KeyState, format!("The object {} is destroyed.", self.id)));
        }
        match (view.object.extractable, view.object.sensitive, &self.wrap) {
            (false, _, _) => refused("The object is not extractable."),
            (true, true, None) => refused("The object is sensitive: its value may leave only wrapped."),
            (true, _, _) => Ok(()),
        }
    }
}

fn public(
    proof: &ObjectProof<actions::GetPublicKey, actions::GetObject>,
    scope: &Scope<'_>,
) -> Result<Content> {
    let entry = match proof {
        ObjectProof::View { key, .. } => key.target(),
        ObjectProof::Kept(kept) => return kept_value(kept, scope),
    };
    if proof.state().is_destroyed() {
        return Err(Error::new(Reason::KeyState, format!("The object {} is destroyed.", proof.object().id)));
    }
    let spki = entry.primary()?.public.clone();
    spki.map(Content::Public).ok_or_else(|| Error::internal("an asymmetric key without its public half"))
}

async fn secret(
    proof: &ObjectProof<actions::ExportKey, actions::GetObject>,
    scope: &Scope<'_>,
) -> Result<Content> {
    match proof {
        ObjectProof::View { key, .. } => exported(key, scope).await,
        ObjectProof::Kept(kept) => kept_value(kept, scope),
    }
}

async fn exported(key: &KeyProof<actions::ExportKey>, scope: &Scope<'_>) -> Result<Content> {
    let material = scope.export(key).await?;
    Ok(match key.target().key().spec.is_symmetric() {
        true => Content::Symmetric(material),
        false => Content::Private(material),
    })
}

fn kept_value(
    proof: &Authorized<actions::GetObject, Arc<ObjectEntry>>,
    scope: &Scope<'_>,
) -> Result<Content> {
    scope.kept_value(proof).map(Content::Kept)
}

async fn wrapped(
    content: &SecretBytes,
    key: &ObjectProof<actions::WrapKey, actions::WrapKey>,
    scope: &Scope<'_>,
) -> Result<Content> {
    const WRAP_KEY: u32 = 0x10;
    let unfit = |why: &str| Err(Error::new(Reason::InvalidKeyUsage, why));
    let ObjectProof::View { key: proof, object } = key else {
        return unfit("The wrapping key is no AES key of this installation.");
    };
    if object.object.usage_mask & WRAP_KEY == 0 || !proof.target().key().spec.is_aes() {
        return unfit("The wrapping key is no AES key that may wrap keys.");
    }
    if key.state() != claviger_types::ObjectState::Active {
        return Err(Error::new(Reason::KeyState, "The wrapping key is not active."));
    }
    let wrapping = scope.export(proof).await?;
    match aes_kw_wrap(wrapping.expose(), content.expose()) {
        Ok(wrapped) => Ok(Content::Wrapped(wrapped)),
        Err(_) => Err(Error::invalid("The value has no length that AES key wrap knows.")),
    }
}
