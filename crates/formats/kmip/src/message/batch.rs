use super::{OperationCode, Outcome, RequestItem, ResponseItem};
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, ProtocolVersion, RequestPayload, ResponsePayload,
    ResultReason, Tag, Value,
    codec::{Cx, Fields, Writer},
    enums::ResultStatus,
    value::OpenEnumeration,
};

pub(super) trait BatchItem: Sized {
    fn decode(fields: &mut Fields) -> Result<Self, DecodeError>;
    fn put(&self, out: &mut Writer) -> Result<(), EncodeError>;
}

/// As many items as the header says, and nothing else.
pub(super) fn take_all<I: BatchItem>(message: &mut Fields, count: u32) -> Result<Vec<I>, DecodeError> {
    let values = message.take_all(Tag::BATCH_ITEM);
    if usize::try_from(count) != Ok(values.len()) {
        return Err(Kind::BatchCount { expected: count, found: values.len() }.into());
    }
    if let Some(item) = message.take_rest().first()
        && !message.cx.lenient()
    {
        return Err(Kind::Unknown(item.tag).into());
    }
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        items.push(open(value, message.cx).map_err(|error| error.within(Tag::BATCH_ITEM))?);
    }
    Ok(items)
}

fn open<I: BatchItem>(value: Value, cx: Cx) -> Result<I, DecodeError> {
    let mut fields = Fields::open(value, cx)?;
    let item = I::decode(&mut fields)?;
    fields.finish()?;
    Ok(item)
}

impl BatchItem for RequestItem {
    fn decode(fields: &mut Fields) -> Result<Self, DecodeError> {
        let cx = fields.cx;
        let OpenEnumeration(code) = fields.required(Tag::OPERATION)?;
        let operation = OperationCode(code);
        let unique_batch_item_id = fields.optional(Tag::UNIQUE_BATCH_ITEM_ID)?;
        let ephemeral = fields.optional(Tag::EPHEMERAL)?;
        let payload =
            fields.take(Tag::REQUEST_PAYLOAD).ok_or(DecodeError::new(Kind::Missing(Tag::REQUEST_PAYLOAD)));
        let extensions = check_extensions(fields);
        let known =
            operation.known().ok_or(DecodeError::new(Kind::UnknownEnumeration(code)).within(Tag::OPERATION));
        let payload = extensions
            .and(known)
            .and_then(|operation| RequestPayload::decode(operation, payload?, cx))
            .map_err(|error| error.within(Tag::BATCH_ITEM));
        Ok(Self { operation, unique_batch_item_id, ephemeral, payload })
    }

    fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        let payload =
            self.payload.as_ref().map_err(|_| EncodeError::Inconsistent("the payload could not be read"))?;
        if self.operation.known() != Some(payload.operation()) {
            return Err(EncodeError::Inconsistent("the payload is that of another operation"));
        }
        out.put(Tag::OPERATION, &payload.operation())?;
        if let Some(ephemeral) = &self.ephemeral {
            if !out.cx.has(ProtocolVersion::V2_0) {
                return Err(EncodeError::NotInVersion { tag: Tag::EPHEMERAL, version: out.cx.version });
            }
            out.put(Tag::EPHEMERAL, ephemeral)?;
        }
        if let Some(id) = &self.unique_batch_item_id {
            out.put(Tag::UNIQUE_BATCH_ITEM_ID, id)?;
        }
        payload.put(out)
    }
}

impl BatchItem for ResponseItem {
    fn decode(fields: &mut Fields) -> Result<Self, DecodeError> {
        let cx = fields.cx;
        let operation = fields.optional(Tag::OPERATION)?.map(|OpenEnumeration(code)| OperationCode(code));
        let unique_batch_item_id = fields.optional(Tag::UNIQUE_BATCH_ITEM_ID)?;
        let status: ResultStatus = fields.required(Tag::RESULT_STATUS)?;
        let reason = fields.optional(Tag::RESULT_REASON)?.map(|OpenEnumeration(code)| code);
        let message = fields.optional(Tag::RESULT_MESSAGE)?;
        let outcome = match status {
            ResultStatus::Success => {
                let OperationCode(code) = operation.ok_or(Kind::Missing(Tag::OPERATION))?;
                let known = OperationCode(code)
                    .known()
                    .ok_or(DecodeError::new(Kind::UnknownEnumeration(code)).within(Tag::OPERATION))?;
                // Some servers leave out a payload that has nothing in it.
                let payload = fields.take(Tag::RESPONSE_PAYLOAD).unwrap_or(Value::Structure(Vec::new()));
                Outcome::Success(ResponsePayload::decode(known, payload, cx)?)
            }
            ResultStatus::OperationFailed => Outcome::Failed {
                reason: reason.and_then(ResultReason::from_code).unwrap_or(ResultReason::GeneralFailure),
                message,
            },
            ResultStatus::OperationPending => {
                Outcome::Pending { correlation: fields.required(Tag::ASYNCHRONOUS_CORRELATION_VALUE)? }
            }
            ResultStatus::OperationUndone => Outcome::Undone { message },
        };
        check_extensions(fields)?;
        Ok(Self { operation, unique_batch_item_id, outcome })
    }

    fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        if let Some(OperationCode(code)) = self.operation {
            out.put(Tag::OPERATION, &OpenEnumeration(code))?;
        }
        if let Some(id) = &self.unique_batch_item_id {
            out.put(Tag::UNIQUE_BATCH_ITEM_ID, id)?;
        }
        match &self.outcome {
            Outcome::Success(payload) => {
                if self.operation != Some(payload.operation().into()) {
                    return Err(EncodeError::Inconsistent("the payload is that of another operation"));
                }
                out.put(Tag::RESULT_STATUS, &ResultStatus::Success)?;
                payload.put(out)?;
            }
            Outcome::Failed { reason, message } => {
                out.put(Tag::RESULT_STATUS, &ResultStatus::OperationFailed)?;
                out.put(Tag::RESULT_REASON, &reason.in_version(out.cx.version))?;
                put_message(out, message.as_ref())?;
            }
            Outcome::Pending { correlation } => {
                out.put(Tag::RESULT_STATUS, &ResultStatus::OperationPending)?;
                out.put(Tag::ASYNCHRONOUS_CORRELATION_VALUE, correlation)?;
            }
            Outcome::Undone { message } => {
                out.put(Tag::RESULT_STATUS, &ResultStatus::OperationUndone)?;
                put_message(out, message.as_ref())?;
            }
        }
        Ok(())
    }
}

fn put_message(out: &mut Writer, message: Option<&String>) -> Result<(), EncodeError> {
    message.map_or(Ok(()), |message| out.put(Tag::RESULT_MESSAGE, message))
}

/// Extensions are skipped unless they have to be understood (KMIP 2.1 §9.13).
fn check_extensions(fields: &mut Fields) -> Result<(), DecodeError> {
    let cx = fields.cx;
    let check = |value| {
        let mut fields = Fields::open(value, cx)?;
        let _vendor: String = fields.required(Tag::VENDOR_IDENTIFICATION)?;
        if fields.required(Tag::CRITICALITY_INDICATOR)? {
            return Err(DecodeError::new(Kind::CriticalExtension));
        }
        fields.take(Tag::VENDOR_EXTENSION).ok_or(Kind::Missing(Tag::VENDOR_EXTENSION))?;
        fields.finish()
    };
    let extensions: Vec<Value> = fields.take_all(Tag::MESSAGE_EXTENSION);
    extensions
        .into_iter()
        .try_for_each(|value| check(value).map_err(|error| error.within(Tag::MESSAGE_EXTENSION)))
}
