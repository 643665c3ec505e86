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

            fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
                let write: fn(&Self, Tag, &mut Writer) -> Result<(), EncodeError> = $write;
                write(self, tag, out)
            }
        }
    };
    // A number, which is written as it was read.
    ($rust:ty, $type:ident, $read:expr; $number:expr) => {
        primitive!($rust, $type, $read, |value, tag, out| {
            out.value(tag, &Value::$type($number(value)));
            Ok(())
        });
    };
}

primitive!(bool, Boolean, Ok; |value: &bool| *value);
primitive!(i64, LongInteger, Ok; |value: &i64| *value);
primitive!(
    u32,
    Integer,
    |value: i32| u32::try_from(value).map_err(|_| Kind::Range.into()),
    |value, tag, out| {
        let value = i32::try_from(*value).map_err(|_| EncodeError::Range(tag))?;
        out.value(tag, &Value::Integer(value));
        Ok(())
    }
);
primitive!(String, TextString, |text: SecretText| Ok(text.expose().to_owned()), |text, tag, out| {
    out.text(tag, text);
    Ok(())
});
primitive!(SecretText, TextString, Ok, |text, tag, out| {
    out.text(tag, text.expose());
    Ok(())
});
primitive!(Vec<u8>, ByteString, |bytes: SecretBytes| Ok(bytes.expose().to_vec()), |bytes, tag, out| {
    out.bytes(tag, bytes);
    Ok(())
});
primitive!(SecretBytes, ByteString, Ok, |bytes, tag, out| {
    out.bytes(tag, bytes.expose());
    Ok(())
});
primitive!(BigInteger, BigInteger, |bytes| Ok(BigInteger::from_wire(bytes)), |number, tag, out| {
    out.big_integer(tag, number.as_wire());
    Ok(())
});
primitive!(DateTime, DateTime, |seconds| Ok(DateTime(seconds)); |time: &DateTime| time.0);
primitive!(
    DateTimeExtended,
    DateTimeExtended,
    |microseconds| Ok(DateTimeExtended(microseconds));
    |time: &DateTimeExtended| time.0
);
primitive!(Interval, Interval, |seconds| Ok(Interval(seconds)); |time: &Interval| time.0);

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

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        out.structure(tag, |out| {
            out.put(Tag::PROTOCOL_VERSION_MAJOR, &u32::from(self.major))?;
            out.put(Tag::PROTOCOL_VERSION_MINOR, &u32::from(self.minor))
        })
    }
}
