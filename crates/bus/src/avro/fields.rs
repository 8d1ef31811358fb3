//! Avro records by the names of their fields.

use apache_avro::types::Value;
use bytes::Bytes;

use super::DecodeError;

/// A record being written.
#[derive(Default)]
pub(super) struct Writer(Vec<(String, Value)>);

impl Writer {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Scalar>) -> &mut Self {
        self.0.push((name.to_owned(), value.into().0));
        self
    }

    /// A field that may be absent.
    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Into<Scalar>>) -> &mut Self {
        let value = match value {
            Some(value) => Value::Union(1, Box::new(value.into().0)),
            None => Value::Union(0, Box::new(Value::Null)),
        };
        self.0.push((name.to_owned(), value));
        self
    }

    pub(super) fn finish(self) -> Value {
        Value::Record(self.0)
    }
}

/// One value.
pub(super) struct Scalar(Value);

macro_rules! scalar {
    ($($from:ty => $make:expr),+ $(,)?) => {$(
        impl From<$from> for Scalar {
            fn from(value: $from) -> Self {
                Self($make(value))
            }
        }
    )+};
}

scalar! {
    &str => |text: &str| Value::String(text.to_owned()),
    &String => |text: &String| Value::String(text.clone()),
    String => Value::String,
    &[String] => |texts: &[String]| {
        Value::Array(texts.iter().cloned().map(Value::String).collect())
    },
    &Bytes => |bytes: &Bytes| Value::Bytes(bytes.to_vec()),
    bool => Value::Boolean,
    f32 => Value::Float,
    i32 => Value::Int,
    i64 => Value::Long,
    Value => |value| value,
}

/// A record being read. Avro guarantees every field of the reader's schema.
pub(super) struct Reader(Vec<(String, Value)>);

fn wrong(name: &'static str) -> DecodeError {
    DecodeError::Malformed(format!("{name} has another type"))
}

impl Reader {
    pub(super) fn new(value: Value) -> Result<Self, DecodeError> {
        match value {
            Value::Record(fields) => Ok(Self(fields)),
            _ => Err(DecodeError::Malformed("it is no record".into())),
        }
    }

    /// Takes a field out; none where it is null.
    fn take(&mut self, name: &'static str) -> Result<Option<Value>, DecodeError> {
        let field = self.0.iter_mut().find(|(own, _)| own == name);
        let (_, value) = field.ok_or_else(|| wrong(name))?;
        Ok(match std::mem::replace(value, Value::Null) {
            Value::Null => None,
            Value::Union(_, inner) => match *inner {
                Value::Null => None,
                inner => Some(inner),
            },
            value => Some(value),
        })
    }

    pub(super) fn record(&mut self, name: &'static str) -> Result<Option<Self>, DecodeError> {
        self.take(name)?.map(Self::new).transpose()
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, DecodeError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, DecodeError> {
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(wrong(name)),
        };
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Array(texts)) => texts
                .into_iter()
                .map(text)
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn bytes(&mut self, name: &'static str) -> Result<Option<Bytes>, DecodeError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes.into())),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn float(&mut self, name: &'static str) -> Result<Option<f32>, DecodeError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(number)),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, DecodeError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn signed(&mut self, name: &'static str) -> Result<Option<i64>, DecodeError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number.into())),
            Some(Value::Long(number) | Value::TimestampMillis(number)) => Ok(Some(number)),
            Some(_) => Err(wrong(name)),
        }
    }

    /// A number that is not negative.
    pub(super) fn count<T: TryFrom<i64>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        let rule = "must not be negative, or too large";
        let fits = |number: i64| {
            let own = (number >= 0).then(|| T::try_from(number).ok()).flatten();
            own.ok_or_else(|| DecodeError::invalid(name, rule))
        };
        self.signed(name)?.map(fits).transpose()
    }
}

/// The value of a required field.
pub(super) fn needed<T>(value: Option<T>, name: &'static str) -> Result<T, DecodeError> {
    value.ok_or_else(|| DecodeError::invalid(name, "is missing"))
}
