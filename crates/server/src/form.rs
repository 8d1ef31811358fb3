//! The multipart form as sent: one file and some texts.

use std::collections::BTreeMap;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;

use crate::error::ApiError;

/// The most fields besides the file.
const FIELDS: usize = 64;
/// How much more than its file a form may hold, in bytes.
pub(crate) const FORM_BYTES: usize = 256 << 10;

/// What was sent.
#[derive(Default)]
pub(crate) struct Form {
    /// The upload.
    pub(crate) file: Option<Vec<u8>>,
    /// Whether its part says that it is a file, by a name or a type.
    pub(crate) named: bool,
    /// The texts by the names of their fields, without the `[]` that marks a list.
    pub(crate) texts: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// Reads a form whose upload is the field `file`, of at most `most` bytes, and whose other
    /// fields have at most `most_text`. The route bounds the whole.
    pub(crate) async fn read(
        request: Request,
        file: &str,
        most: usize,
        most_text: usize,
    ) -> Result<Self, ApiError> {
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|_| ApiError::MediaType("multipart/form-data"))?;
        let mut form = Self::default();
        let mut fields = 0;
        while let Some(field) = parts
            .next_field()
            .await
            .map_err(|error| broken(&error, most))?
        {
            let name = field
                .name()
                .unwrap_or_default()
                .trim_end_matches("[]")
                .to_owned();
            fields += 1;
            if fields > FIELDS {
                return Err(ApiError::Multipart(format!(
                    "it has more than {FIELDS} fields"
                )));
            }
            if name == file {
                form.named = field.file_name().is_some() || field.content_type().is_some();
                form.file = Some(bytes(field, most).await?);
            } else {
                let text = bytes(field, most_text).await?;
                let text = String::from_utf8(text)
                    .map_err(|_| ApiError::Multipart("a field is not UTF-8".into()))?;
                form.texts.entry(name).or_default().push(text);
            }
        }
        Ok(form)
    }

    /// Takes the last value of a field that is not a list. An empty text is as good as none.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.take_all(name).pop()
    }

    /// Takes all values of a list.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<String> {
        let mut values = self.texts.remove(name).unwrap_or_default();
        values.retain(|value| !value.trim().is_empty());
        values
    }
}

async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, ApiError> {
    let mut whole = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error, most))? {
        if whole.len() + part.len() > most {
            return Err(ApiError::TooLarge(most));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

fn broken(error: &MultipartError, most: usize) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::TooLarge(most)
    } else {
        ApiError::Multipart("it is cut or its boundaries are wrong".into())
    }
}
