//! Requests to a hub, and the meaning of its responses.

use mynah_secret::Secret;
use ureq::http::{HeaderMap, StatusCode};

use crate::ModelError;
use crate::http::{
    FetchError, FileMetadata, HttpClient, Method, Refusal, RemoteBody, header, is_transient, origin,
};

use super::repository::{ModelInfo, Repository};
use super::{HubId, HubOptions, Selection};

/// The longest list of files that is read.
const MAX_LIST_BYTES: u64 = 8 << 20;

/// A client of one hub for one repository.
pub(super) struct Client<'a> {
    http: HttpClient,
    options: &'a HubOptions,
    id: &'a HubId,
}

impl<'a> Client<'a> {
    pub(super) fn new(options: &'a HubOptions, id: &'a HubId) -> Self {
        Self {
            http: HttpClient::new(),
            options,
            id,
        }
    }

    /// The commit that the revision stands for, and its selected files.
    pub(super) fn repository(&self, selection: &Selection) -> Result<Repository, FetchError> {
        let address = format!(
            "{}/api/models/{}/revision/{}?blobs=true",
            self.options.endpoint,
            self.id.repository(),
            self.id.revision().replace('/', "%2F"),
        );
        let sent = self.http.send(Method::Get, &address, None, self.token());
        let (_, mut response) = sent.map_err(|refusal| self.refused(refusal))?;
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_LIST_BYTES)
            .read_to_vec()
            .map_err(|error| {
                FetchError::Transient(format!("the list of files broke off: {error}"))
            })?;
        let info: ModelInfo = serde_json::from_slice(&text).map_err(|error| {
            self.permanent(format!(
                "{} does not respond as a model hub does: {error}",
                self.options.endpoint
            ))
        })?;
        Repository::new(info, selection).map_err(|reason| self.permanent(reason))
    }

    /// What the hub knows of a file of a commit.
    pub(super) fn metadata(&self, commit: &str, path: &str) -> Result<FileMetadata, FetchError> {
        let address = self.address(commit, path);
        let sent = self.http.send(Method::Head, &address, None, self.token());
        let (metadata, _) = sent.map_err(|refusal| self.refused(refusal))?;
        Ok(metadata)
    }

    /// A file of a commit, from this byte on if the hub can.
    pub(super) fn file(
        &self,
        commit: &str,
        path: &str,
        start: u64,
    ) -> Result<RemoteBody, FetchError> {
        let body = self
            .http
            .body(&self.address(commit, path), start, self.token());
        body.map_err(|refusal| self.refused(refusal))
    }

    fn address(&self, commit: &str, path: &str) -> String {
        let (endpoint, repository) = (&self.options.endpoint, self.id.repository());
        format!("{endpoint}/{repository}/resolve/{commit}/{path}")
    }

    fn token(&self) -> &Secret {
        &self.options.token
    }

    fn refused(&self, refusal: Refusal) -> FetchError {
        match refusal {
            Refusal::Failed(error) => error,
            Refusal::Status(status, headers) => self.status_error(status, &headers),
            Refusal::Redirect(reason) => {
                self.permanent(format!("{} {reason}", origin(&self.options.endpoint)))
            }
        }
    }

    /// The meaning of a status that is no success.
    fn status_error(&self, status: StatusCode, headers: &HeaderMap) -> FetchError {
        let endpoint = &self.options.endpoint;
        let repository = self.id.repository();
        let code = header(headers, "x-error-code").unwrap_or_default();
        let not_found = || {
            format!(
                "{endpoint} has no model {repository} that is open to you; check the name, or set HF_TOKEN if it is private"
            )
        };
        let reason = match (status.as_u16(), code) {
            (_, "RevisionNotFound") => format!(
                "{repository} has no revision {}; leave out @ for the newest",
                self.id.revision()
            ),
            // A hub answers 401 also for a repository that does not exist.
            (401 | 403, code) if code != "RepoNotFound" => format!(
                "{repository} is gated at {endpoint}; accept its terms at {endpoint}/{repository} and set HF_TOKEN"
            ),
            (_, "RepoNotFound") | (404, _) => not_found(),
            _ if is_transient(status) => {
                return FetchError::Transient(format!("{endpoint} answers {status}"));
            }
            _ => format!("{endpoint} answers {status}"),
        };
        self.permanent(reason)
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> ModelError {
        ModelError::Hub {
            model: self.id.to_string(),
            reason: reason.into(),
        }
    }

    fn permanent(&self, reason: impl Into<String>) -> FetchError {
        FetchError::Permanent(self.error(reason))
    }
}
