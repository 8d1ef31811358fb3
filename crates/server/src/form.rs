//! A multipart form: one file and text fields.

mod paced;

use std::collections::BTreeMap;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::error::ApiError;
use crate::intake::is_form;

/// The most fields besides the file.
const MAX_FIELDS: usize = 64;
/// The media type of the body.
pub(crate) const FORM_TYPE: &str = "multipart/form-data";
/// The message about a form without a boundary.
const NO_BOUNDARY: &str = "its Content-Type has no boundary, as in `multipart/form-data; \
    boundary=abc`; HTTP libraries add it where they set this header themselves";
/// Names of the upload in other APIs.
const UPLOAD_NAMES: [&str; 4] = ["audio", "audio_file", "upload", "data"];
/// The bytes of a form besides its file.
pub(crate) const FORM_BYTES: usize = 256 << 10;

/// The fields of a form.
#[derive(Default)]
pub(crate) struct Form {
    /// The upload, where it was read into memory.
    pub(crate) file: Option<Vec<u8>>,
    /// Whether there was an upload.
    pub(crate) has_file: bool,
    /// Whether its part has a file name or a type.
    pub(crate) is_named_file: bool,
    /// The texts by the names of their fields, without the `[]` that marks a list.
    pub(crate) texts: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// Reads a form whose upload is the field `file`, of at most `max_bytes`, and whose other
    /// fields have at most `max_text_bytes`. The route limits the whole body.
    pub(crate) async fn read(
        request: Request,
        file: &'static str,
        max_bytes: usize,
        max_text_bytes: usize,
    ) -> Result<Self, ApiError> {
        let mut kept = Vec::new();
        let sink = FileSink::Memory(&mut kept);
        let mut form = Self::read_to(request, file, max_bytes, max_text_bytes, sink).await?;
        form.file = form.has_file.then_some(kept);
        Ok(form)
    }

    /// The same with a file that goes to a sink, part by part.
    pub(crate) async fn read_to(
        request: Request,
        file: &'static str,
        max_bytes: usize,
        max_text_bytes: usize,
        mut sink: FileSink<'_>,
    ) -> Result<Self, ApiError> {
        let is_form = is_form(request.headers());
        let (request, heads) = paced::by_heads(request);
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|_| match is_form {
                true => ApiError::Multipart(NO_BOUNDARY.into()),
                false => ApiError::MediaType(FORM_TYPE),
            })?;
        let mut form = Self::default();
        let mut other_files = Vec::new();
        let mut fields = 0;
        loop {
            heads.begin();
            let field = parts.next_field().await.map_err(|error| {
                if heads.is_exceeded() {
                    head_too_large()
                } else {
                    broken(&error, max_bytes)
                }
            })?;
            heads.end();
            let Some(field) = field else { break };
            if head_bytes(&field) > paced::MAX_HEAD_BYTES {
                return Err(head_too_large());
            }
            let name = field
                .name()
                .unwrap_or_default()
                .trim_end_matches("[]")
                .to_owned();
            fields += 1;
            if fields > MAX_FIELDS {
                return Err(ApiError::Multipart(format!(
                    "it has more than {MAX_FIELDS} fields"
                )));
            }
            if name == file {
                form.is_named_file = field.file_name().is_some() || field.content_type().is_some();
                if std::mem::replace(&mut form.has_file, true) {
                    return Err(ApiError::Multipart(format!("it has two fields `{file}`")));
                }
                each_part(field, max_bytes, &mut sink).await?;
            } else if is_file(&field) {
                // Read and discarded, whatever its size.
                drain(field, max_bytes).await?;
                other_files.push(name);
            } else {
                let text = bytes(field, max_text_bytes).await?;
                let text = String::from_utf8(text)
                    .map_err(|_| ApiError::Multipart("a field is not UTF-8".into()))?;
                form.texts.entry(name).or_default().push(text);
            }
        }
        if !form.has_file
            && let Some(other) = form.misnamed(&other_files)
        {
            return Err(ApiError::Invalid {
                param: file,
                message: format!("the upload must be the field `{file}`, not `{other}`"),
            });
        }
        for name in other_files {
            form.texts.entry(name).or_default();
        }
        Ok(form)
    }

    /// The field in which the upload was sent, if it has another name.
    fn misnamed(&self, other_files: &[String]) -> Option<String> {
        let text = || {
            UPLOAD_NAMES
                .into_iter()
                .find(|name| self.texts.contains_key(*name))
        };
        let name = other_files.first().map(String::as_str).or_else(text)?;
        Some(crate::header::plain(name))
    }

    /// Takes the last value of a field that is not a list. An empty text counts as none.
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

/// Whether a part is a file, and not a text from a file.
fn is_file(field: &Field<'_>) -> bool {
    let text = |kind: &str| kind.starts_with("text/");
    field.file_name().is_some() && !field.content_type().is_some_and(text)
}

/// Reads a field to its end, and discards it.
async fn drain(mut field: Field<'_>, max_bytes: usize) -> Result<(), ApiError> {
    while let Some(_part) = field
        .chunk()
        .await
        .map_err(|error| broken(&error, max_bytes))?
    {}
    Ok(())
}

/// The bytes of a part's head on the wire.
fn head_bytes(field: &Field<'_>) -> usize {
    let lines = field.headers().iter();
    // Between name and value, and at the end of the line.
    lines
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

fn head_too_large() -> ApiError {
    let max_bytes = paced::MAX_HEAD_BYTES;
    ApiError::Multipart(format!(
        "the head of a part has more than {max_bytes} bytes"
    ))
}

async fn bytes(field: Field<'_>, max_bytes: usize) -> Result<Vec<u8>, ApiError> {
    let mut whole = Vec::new();
    each_part(field, max_bytes, &mut FileSink::Memory(&mut whole)).await?;
    Ok(whole)
}

/// Where the bytes of an upload go.
pub(crate) enum FileSink<'a> {
    Memory(&'a mut Vec<u8>),
    Disk(&'a mut File),
}

impl FileSink<'_> {
    pub(crate) async fn write(&mut self, part: &[u8]) -> Result<(), ApiError> {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(part),
            Self::Disk(file) => file.write_all(part).await.map_err(ApiError::internal)?,
        }
        Ok(())
    }
}

/// Passes the parts of a field of at most `max_bytes` on.
async fn each_part(
    mut field: Field<'_>,
    max_bytes: usize,
    sink: &mut FileSink<'_>,
) -> Result<(), ApiError> {
    let mut length = 0;
    while let Some(part) = field
        .chunk()
        .await
        .map_err(|error| broken(&error, max_bytes))?
    {
        length += part.len();
        if length > max_bytes {
            return Err(ApiError::TooLarge(max_bytes));
        }
        sink.write(&part).await?;
    }
    Ok(())
}

fn broken(error: &MultipartError, max_bytes: usize) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::TooLarge(max_bytes)
    } else {
        ApiError::Multipart("it is incomplete or its boundaries are wrong".into())
    }
}
