use claviger_types::SecretBytes;

use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, ProtocolVersion, SecretText, Tag, Type, Value,
    codec::{Codec, Cx, Fields, Writer, wrong_type},
    value::{BigInteger, DateTime, DateTimeExtended, Interval},
};

/// The values that are just one type of the encoding.
macro_rules! primitive {
    ($rust:ty, $type:ident, $read:expr, $write:expr) => {
        impl Codec for $rust {
            fn decode(value: Value, _: Cx) -> Result<Self, DecodeError> {
                match value {
                    Value::$type(value) => $read(value),
                    other => Err(wrong_type(Type::$type, &other)),
                }
            }

            fn encode(&self, tag: Tag, _: Cx) -> Result<Value, EncodeError> {
                $write(self, tag).map(Value::$type)
            }
        }
    };
}

primitive!(bool, Boolean, Ok, |value: &bool, _| Ok(*value));
primitive!(i64, LongInteger, Ok, |value: &i64, _| Ok(*value));
primitive!(
    u32,
    Integer,
    |value: i32| u32::try_from(value).map_err(|_| Kind::Range.into()),
    |value: &u32, tag| i32::try_from(*value).map_err(|_| EncodeError::Range(tag))
);
primitive!(String, TextString, |text: SecretText| Ok(text.expose().to_owned()), |text: &String, _| Ok(
    SecretText::new(text)
));
primitive!(SecretText, TextString, Ok, |text: &SecretText, _| Ok(text.duplicate()));
primitive!(Vec<u8>, ByteString, |bytes: SecretBytes| Ok(bytes.expose().to_vec()), |bytes: &Vec<u8>, _| Ok(
    SecretBytes::new(bytes.clone())
));
primitive!(SecretBytes, ByteString, Ok, |bytes: &SecretBytes, _| Ok(bytes.duplicate()));
primitive!(DateTime, DateTime, |seconds| Ok(DateTime(seconds)), |time: &DateTime, _| Ok(time.0));
primitive!(
    DateTimeExtended,
    DateTimeExtended,
    |microseconds| Ok(DateTimeExtended(microseconds)),
    |time: &DateTimeExtended, _| Ok(time.0)
);
primitive!(Interval, Interval, |seconds| Ok(Interval(seconds)), |time: &Interval, _| Ok(time.0));
primitive!(BigInteger, BigInteger, |bytes| Ok(BigInteger::from_wire(bytes)), |number: &BigInteger, _| Ok(
    number.to_wire()
));

impl Codec for ProtocolVersion {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        let mut fields = Fields::open(value, cx)?;
        let mut part = |tag| {
            let number = fields.required::<u32>(tag)?;
            u16::try_from(number).map_err(|_| DecodeError::new(Kind::Range).within(tag))
        };
        let (major, minor) = (part(Tag::PROTOCOL_VERSION_MAJOR)?, part(Tag::PROTOCOL_VERSION_MINOR)?);
        fields.finish()?;
        Ok(Self { major, minor })
    }

    fn encode(&self, _: Tag, cx: Cx) -> Result<Value, EncodeError> {
        let mut out = Writer::new(cx);
        out.put(Tag::PROTOCOL_VERSION_MAJOR, &u32::from(self.major))?;
        out.put(Tag::PROTOCOL_VERSION_MINOR, &u32::from(self.minor))?;
        Ok(out.into_value())
    }
}
