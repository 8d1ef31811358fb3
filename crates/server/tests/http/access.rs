//! Keys, hosts and origins, and the access policy of every route.

use axum::routing::get;
use reqwest::header::{AUTHORIZATION, HOST, ORIGIN};
use serde_json::{Value, json};

use crate::support::{Raw, TestServer, error};

async fn code(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    if response.status().is_success() {
        return (response.status().as_u16(), String::new());
    }
    let (status, error) = error(response).await;
    (status, error["code"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn key_is_accepted_until_it_is_revoked() {
    let server = TestServer::build()
        .with(|it| it.settings.require_keys = true)
        .start()
        .await;
    let (key, _) = server.keys.add("Ada").unwrap();
    let speech = || server.speech(&json!({}));
    assert_eq!(code(speech()).await, (401, "missing_api_key".into()));
    assert_eq!(
        code(speech().bearer_auth("mynah-wrong")).await,
        (401, "invalid_api_key".into())
    );
    assert_eq!(
        code(speech().header(AUTHORIZATION, "Basic eA==")).await.0,
        401
    );
    assert_eq!(code(speech().bearer_auth(key.expose_secret())).await.0, 200);
    let refused = speech().send().await.unwrap();
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    server.keys.revoke("Ada").unwrap();
    assert_eq!(
        code(speech().bearer_auth(key.expose_secret())).await,
        (401, "invalid_api_key".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn key_added_by_another_process_is_accepted() {
    let server = TestServer::build()
        .with(|it| it.settings.require_keys = true)
        .start()
        .await;
    let cli = mynah_auth::KeyStore::open(server.keys.path()).unwrap();
    let (key, _) = cli.add("Ada").unwrap();
    let followed = async {
        while code(server.get("/v1/models").bearer_auth(key.expose_secret()))
            .await
            .0
            != 200
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::SOON, followed)
        .await
        .expect("the server follows");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_applies_its_access_policy() {
    let server = TestServer::build()
        .with(|it| it.settings.require_keys = true)
        .start()
        .await;
    // The open paths. All others require a key.
    let open = ["/", "/docs", "/livez", "/openapi.json", "/readyz"];
    for path in open {
        assert_eq!(
            server.get(path).send().await.unwrap().status(),
            200,
            "{path}"
        );
    }
    let document: Value = serde_json::from_str(&mynah_server::openapi_json()).unwrap();
    let mut keyed = vec![("get".to_owned(), "/metrics".to_owned())];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let described = operation.get("security").is_some();
            assert_eq!(
                described,
                !open.contains(&path.as_str()),
                "{path} says nothing of keys"
            );
            if described {
                keyed.push((
                    method.clone(),
                    path.replace("{model}", "tts-1").replace("{id}", "kokoro"),
                ));
            }
        }
    }
    assert_eq!(keyed.len(), 37);
    for (method, path) in keyed {
        let method = method.to_uppercase().parse().unwrap();
        let request = server.client.request(method, server.url(&path));
        assert_eq!(
            code(request).await,
            (401, "missing_api_key".into()),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_other_servers_pass_the_same_middleware() {
    let routes = axum::Router::new()
        .route("/other", get(async || "here"))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("ordered") }),
        );
    let server = TestServer::build().with_routes(routes).start().await;
    let response = server.get("/other").send().await.unwrap();
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.text().await.unwrap(), "here");
    assert_eq!(
        code(server.get("/other").header(HOST, "evil.example"))
            .await
            .0,
        403
    );
    let (status, code) = code(server.get("/panic")).await;
    assert_eq!((status, code.as_str()), (500, "internal_error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_and_origins_are_refused() {
    let server = TestServer::build().with(|it| {
        it.settings.hosts = vec!["studio.example".into()];
        it.settings.origins = vec!["https://app.example".into()];
    });
    let server = server.start().await;
    let host = |host: &str| code(server.get("/livez").header(HOST, host));
    assert_eq!(host("evil.example").await, (403, "host_not_allowed".into()));
    assert_eq!(host("localhost:1").await.0, 200);
    assert_eq!(host("studio.example").await.0, 200);
    let origin = |origin: &str| code(server.speech(&json!({})).header(ORIGIN, origin));
    assert_eq!(
        origin("https://evil.example").await,
        (403, "origin_not_allowed".into())
    );
    assert_eq!(origin("null").await.0, 403);
    assert_eq!(origin(&server.url("")).await.0, 200);
    assert_eq!(origin("https://app.example").await.0, 200);

    let mut raw = Raw::connect(server.address).await;
    raw.send("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n")
        .await;
    let answer = raw.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn preflights_agree_with_their_requests() {
    let server = TestServer::build()
        .with(|it| it.settings.origins = vec!["https://app.example".into()])
        .start()
        .await;
    let preflight = |origin: &str| {
        let request = server
            .client
            .request(reqwest::Method::OPTIONS, server.url("/v1/audio/speech"));
        request
            .header(ORIGIN, origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-type,x-stainless-os",
            )
            .send()
    };
    let body = json!({"model": "tts-1", "voice": "alloy", "input": "Hi."});
    for (origin, allowed) in [
        ("https://app.example", true),
        ("http://localhost:5173", true),
        ("http://127.0.0.1:3000", true),
        ("http://[::1]", true),
        (&*server.url(""), true),
        ("https://evil.example", false),
        ("http://localhost.evil.example", false),
        ("http://app.example", false),
        ("null", false),
    ] {
        let answer = preflight(origin).await.unwrap();
        let headers = answer.headers();
        let allowed_origin = headers.get("access-control-allow-origin");
        assert_eq!(
            allowed_origin.map(|it| it == origin),
            allowed.then_some(true),
            "{origin}"
        );
        assert!(!headers.contains_key("access-control-allow-credentials"));
        let request = server.speech(&body).header(ORIGIN, origin);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status() == 200, allowed, "{origin}");
        let allowed_origin = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed_origin.map(|it| it == origin),
            allowed.then_some(true),
            "{origin}"
        );
    }
    let read = server
        .get("/v1/models")
        .header(ORIGIN, "https://app.example")
        .send()
        .await
        .unwrap();
    let exposed = read.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(
        exposed.contains("mynah-ignored") && exposed.contains("x-request-id"),
        "{exposed}"
    );
}

#[tokio::test]
async fn public_address_needs_a_key() {
    let server = TestServer::start().await;
    let refused = server.restart("0.0.0.0:0").await.unwrap_err();
    assert!(refused.to_string().contains("mynah keys add"), "{refused}");
    server.keys.add("Ada").unwrap();
    server.restart("0.0.0.0:0").await.unwrap();
}
