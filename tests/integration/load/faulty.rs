//! A small server that speaks WhatsApp's webhooks and makes one kind of mistake, to see whether the load finds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use frontdesk::whatsapp::signature;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::fake_graph::reqwest_client;

pub const SECRET: &str = "an-app-secret";

/// What is wrong with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Every third message is taken and forgotten.
    Drops,
    /// Every third answer is sent twice.
    Doubles,
    /// Of two messages, the second goes first.
    Reorders,
    /// Every other delivery is put off.
    Busy,
    /// Nothing is taken.
    Refuses,
    /// After the first answer nothing more is said.
    FallsSilent,
}

struct Faulty {
    fault: Fault,
    graph: String,
    client: reqwest::Client,
    /// Messages wait here for their turn, with the number they came to.
    queue: mpsc::UnboundedSender<(String, Value)>,
    deliveries: AtomicUsize,
    messages: AtomicUsize,
    jobs: AtomicUsize,
}

/// Starts it; it sends to `graph`. Where it is.
pub async fn start(fault: Fault, graph: String) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (queue, mut waiting) = mpsc::unbounded_channel();
    let faulty = Arc::new(Faulty {
        fault,
        graph,
        client: reqwest_client(),
        queue,
        deliveries: AtomicUsize::new(0),
        messages: AtomicUsize::new(0),
        jobs: AtomicUsize::new(0),
    });
    let turns = Arc::clone(&faulty);
    tokio::spawn(async move {
        while let Some((business, message)) = waiting.recv().await {
            turns.turn(&business, &message).await;
        }
    });
    let app = Router::new().route("/webhooks/whatsapp", post(deliver)).with_state(faulty);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn deliver(State(server): State<Arc<Faulty>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(signature::HEADER).map(|value| value.to_str().unwrap());
    if signature::verify(SECRET.as_bytes(), signature, &body).is_err() {
        return StatusCode::FORBIDDEN;
    }
    let delivery: Value = serde_json::from_slice(&body).unwrap();
    let value = &delivery["entry"][0]["changes"][0]["value"];
    if value.is_null() {
        return StatusCode::OK;
    }
    let number = server.deliveries.fetch_add(1, Ordering::SeqCst);
    match server.fault {
        Fault::Busy if number.is_multiple_of(2) => return StatusCode::SERVICE_UNAVAILABLE,
        Fault::Refuses => return StatusCode::BAD_REQUEST,
        _ => {}
    }
    if let Some(message) = value["messages"].get(0).cloned() {
        let business = value["metadata"]["phone_number_id"].as_str().unwrap().to_owned();
        server.queue.send((business, message)).unwrap();
    }
    StatusCode::OK
}

impl Faulty {
    async fn turn(&self, business: &str, message: &Value) {
        let (count, job) = (self.messages.fetch_add(1, Ordering::SeqCst), self.jobs.fetch_add(2, Ordering::SeqCst));
        let third = count % 3 == 2;
        let later = !message["id"].as_str().unwrap().ends_with(".0");
        if (self.fault == Fault::Drops && third) || (self.fault == Fault::FallsSilent && later) {
            return;
        }
        self.send(business, json!({"status": "read", "message_id": message["id"]})).await;
        let jobs: &[usize] = match self.fault {
            Fault::Doubles if third => &[0, 0],
            Fault::Reorders => &[1, 0],
            _ => &[0],
        };
        for more in jobs {
            let button = json!({"type": "reply", "reply": {"id": "again", "title": "Again"}});
            let answer = json!({
                "to": format!("+{}", message["from"].as_str().unwrap()),
                "type": "interactive", "interactive": {"action": {"buttons": [button]}},
                "biz_opaque_callback_data": format!("job:{}", job + more),
            });
            self.send(business, answer).await;
        }
    }

    async fn send(&self, business: &str, body: Value) {
        let request = self.client.post(format!("{}/v1/{business}/messages", self.graph)).json(&body);
        // Whoever received it may be done by now.
        drop(request.send().await);
    }
}
