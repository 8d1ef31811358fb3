//! What is kept of a session: for its owner, with links, until it is deleted.

use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cluster::TestCluster;
use crate::sessions::{begin_so_many, results};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_listed_with_links_and_deleted() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let stored = [("MYNAH_STORAGE__THRESHOLD_BYTES", "10000")];
    let gateway = cluster.gateway();
    let _stages = cluster.stage_with("vad,asr,translate,speak", &stored);
    let mut all = results(begin_so_many(&cluster, &gateway, 2)).await;
    let (other, own) = (all.pop().unwrap(), all.pop().unwrap());
    let http = reqwest::Client::new();
    let name = |own: &crate::checker::ClientResult| own.session.clone().unwrap().replace('-', "");
    let address = format!(
        "http://{}/v1/realtime/sessions/sess_{}",
        gateway.address,
        name(&own)
    );
    let token = own.token.clone().unwrap();
    let ask = |method: Method, path: &str, token: &str| {
        let request = http.request(method, format!("{address}{path}"));
        request.header("mynah-resume-token", token).send()
    };
    let list = || async {
        let said = ask(Method::GET, "/objects", &token).await.unwrap();
        assert_eq!(said.status(), 200);
        assert_eq!(said.headers()["cache-control"], "no-store");
        serde_json::from_str::<Value>(&said.text().await.unwrap()).unwrap()["data"].clone()
    };

    // Only for its owner.
    for (method, path) in [(Method::GET, "/objects"), (Method::DELETE, "")] {
        for token in ["", "forged", other.token.as_deref().unwrap()] {
            let said = ask(method.clone(), path, token).await.unwrap();
            assert_eq!(said.status(), 404, "{method} {path}");
        }
    }

    let objects = list().await;
    let objects = objects.as_array().unwrap();
    let stages: std::collections::BTreeSet<_> = objects
        .iter()
        .map(|own| own["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages.into_iter().collect::<Vec<_>>(), ["speak", "vad"]);
    for object in objects {
        let bytes = http
            .get(object["url"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        let bytes = bytes.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, object["bytes"].as_u64().unwrap());
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .map(|own| format!("{own:02x}"))
            .collect();
        assert_eq!(digest, object["sha256"].as_str().unwrap());
        let left = object["url_expires_at"].as_i64().unwrap() - cluster.began_ms / 1_000;
        assert!((1..=15 * 60 + 120).contains(&left), "{left}");
    }

    let said = ask(Method::DELETE, "", &token).await.unwrap();
    assert_eq!(said.status(), 200);
    let said: Value = serde_json::from_str(&said.text().await.unwrap()).unwrap();
    assert_eq!(said["objects"], objects.len());
    let left = said["records_expire_at"].as_i64().unwrap() - cluster.began_ms / 1_000;
    assert!((24 * 3_600..24 * 3_600 + 120).contains(&left), "{left}");
    assert_eq!(list().await, Value::Array(Vec::new()));
    let gone = http
        .get(objects[0]["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);
}
