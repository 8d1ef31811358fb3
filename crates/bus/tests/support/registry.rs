//! A schema registry in this process, which can be made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use apache_avro::Schema;
use apache_avro::schema_compatibility::SchemaCompatibility;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How the stand-in behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// It answers 503 so many times, and then as it should.
    Failing(u32),
    /// It takes questions and never answers.
    Silent,
    /// Another program listens there.
    Stranger,
    /// Its answers are not what they should be.
    Garbage,
}

#[derive(Default)]
struct Books {
    schemas: Vec<Value>,
    subjects: BTreeMap<String, Vec<usize>>,
    compatibility: BTreeMap<String, Value>,
    requests: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) url: String,
    books: Arc<Mutex<Books>>,
    mood: Arc<Mutex<Mood>>,
    login: Option<&'static str>,
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// One that requires this value of `Authorization`.
    pub(crate) async fn start_with(login: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = Self {
            url: format!("http://{}/apis/v7", listener.local_addr().unwrap()),
            books: Arc::default(),
            mood: Arc::new(Mutex::new(Mood::Well)),
            login,
        };
        let router = Router::new().fallback(answer).with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        own
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How many questions came since the last time.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.books.lock().unwrap().requests)
    }

    pub(crate) fn compatibility(&self, subject: &str) -> Option<Value> {
        self.books
            .lock()
            .unwrap()
            .compatibility
            .get(subject)
            .cloned()
    }

    fn judge(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let books = &mut *self.books.lock().unwrap();
        let parts: Vec<_> = path.trim_matches('/').split('/').skip(2).collect();
        let id_of = |books: &Books, subject: &str| {
            let own = books.subjects.get(subject)?;
            own.iter()
                .copied()
                .find(|id| books.schemas[*id] == body["schema"])
        };
        let fits = |books: &Books, subject: &str| {
            let parse = |text: &Value| Schema::parse_str(text.as_str().unwrap()).unwrap();
            let mut before = books.subjects.get(subject).into_iter().flatten();
            let new = parse(&body["schema"]);
            before
                .all(|id| SchemaCompatibility::can_read(&parse(&books.schemas[*id]), &new).is_ok())
        };
        let missing = |code: u32| {
            let answer =
                json!({ "error_code": code, "message": "no such thing at http://u:p@h/?q" });
            (StatusCode::NOT_FOUND, answer)
        };
        match (method, parts.as_slice()) {
            ("GET", ["subjects"]) => (
                StatusCode::OK,
                json!(books.subjects.keys().collect::<Vec<_>>()),
            ),
            ("GET", ["schemas", "ids", id]) => {
                let schema = id
                    .parse()
                    .ok()
                    .and_then(|id: usize| books.schemas.get(id - 1));
                schema.map_or_else(
                    || missing(40_403),
                    |own| (StatusCode::OK, json!({ "schema": own })),
                )
            }
            ("POST", ["subjects", subject]) => match id_of(books, subject) {
                Some(id) => (StatusCode::OK, json!({ "subject": subject, "id": id + 1 })),
                None if books.subjects.contains_key(*subject) => missing(40_403),
                None => missing(40_401),
            },
            ("PUT", ["config", subject]) => {
                // Like a registry that has no settings for what is not there.
                if !books.subjects.contains_key(*subject) {
                    return missing(40_401);
                }
                let wish = body["compatibility"].clone();
                books.compatibility.insert((*subject).to_owned(), wish);
                (StatusCode::OK, body.clone())
            }
            ("POST", ["compatibility", "subjects", subject, "versions", "latest"]) => {
                if !books.subjects.contains_key(*subject) {
                    return missing(40_401);
                }
                let fits = fits(books, subject);
                let answer =
                    json!({ "is_compatible": fits, "messages": ["a field without default"] });
                (StatusCode::OK, answer)
            }
            ("POST", ["subjects", subject, "versions"]) => {
                if !fits(books, subject) {
                    let answer = json!({ "error_code": 409, "message": "a field without default" });
                    return (StatusCode::CONFLICT, answer);
                }
                let id = id_of(books, subject).unwrap_or_else(|| {
                    books.schemas.push(body["schema"].clone());
                    let id = books.schemas.len() - 1;
                    books
                        .subjects
                        .entry((*subject).to_owned())
                        .or_default()
                        .push(id);
                    id
                });
                (StatusCode::OK, json!({ "id": id + 1 }))
            }
            _ => missing(404),
        }
    }
}

async fn answer(State(own): State<StandIn>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path().to_owned());
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    own.books
        .lock()
        .unwrap()
        .requests
        .push(format!("{method} {path}"));
    let mood = {
        let mut mood = own.mood.lock().unwrap();
        let now = *mood;
        if let Mood::Failing(times) = now {
            *mood = if times > 1 {
                Mood::Failing(times - 1)
            } else {
                Mood::Well
            };
        }
        now
    };
    let login = head.headers.get(header::AUTHORIZATION);
    let text = |status: StatusCode, text: String| {
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        response
    };
    if login.map(|own| own.to_str().unwrap()) != own.login {
        return text(StatusCode::UNAUTHORIZED, "{}".into());
    }
    match mood {
        Mood::Well => {
            let (status, answer) = own.judge(method, &path, &body);
            text(status, answer.to_string())
        }
        Mood::Failing(_) => text(StatusCode::SERVICE_UNAVAILABLE, "busy".into()),
        Mood::Silent => std::future::pending().await,
        Mood::Stranger => text(StatusCode::NOT_FOUND, "<html>not here</html>".into()),
        Mood::Garbage => text(StatusCode::OK, r#"{"id":-1,"schema":7}"#.into()),
    }
}
