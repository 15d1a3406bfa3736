//! Agents that call each other by the protocol's SDK for Rust, which writes the semantic conventions' attributes on both
//! sides: `cargo run` writes the spans as JSON on stdout, for a2a-rust.mjs.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use a2a_protocol_sdk::prelude::*;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::{Value, json};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

struct Billing;

agent_executor!(Billing, |ctx, queue| async {
    let emit = EventEmitter::new(ctx, queue);
    emit.status(TaskState::Working).await?;
    let answer = Part::text("Jane Doe owes nothing.".to_owned());
    emit.artifact("answer", vec![answer], None, Some(true)).await?;
    emit.status(TaskState::Completed).await
});

/// Asks `billing` in its own words whatever it is asked.
struct Support {
    billing: AgentCard,
}

impl AgentExecutor for Support {
    fn execute<'a>(
        &'a self,
        ctx: &'a RequestContext,
        queue: &'a dyn EventQueueWriter,
    ) -> std::pin::Pin<Box<dyn std::future::Future<Output = A2aResult<()>> + Send + 'a>> {
        Box::pin(async move {
            let emit = EventEmitter::new(ctx, queue);
            emit.status(TaskState::Working).await?;
            ask(&self.billing, &ctx.context_id).await.map_err(|e| A2aError::internal(e.to_string()))?;
            emit.status(TaskState::Completed).await
        })
    }
}

async fn ask(card: &AgentCard, context: &str) -> ClientResult<()> {
    let client = ClientBuilder::from_card(card)?.build()?;
    let message = Message::user("m-1", vec![Part::text("What does jane@example.com owe?")]).with_context_id(context);
    let answer = client.send_message(MessageSendParams::new(message)).await?;
    if let SendMessageResponse::Task(task) = answer {
        client.get_task(TaskQueryParams::new(task.id.0.clone())).await?;
    }
    Ok(())
}

async fn serve(executor: impl AgentExecutor, name: &str, port: u16) -> AgentCard {
    let card = AgentCard::new(name, "1.0.0", AgentInterface::jsonrpc(format!("http://localhost:{port}")))
        .with_description(format!("The agent {name}, which helps Jane Doe"))
        .with_skill(AgentSkill::new("answer", "Answer", "Answers questions").with_tags(["desk"]));
    let handler = RequestHandlerBuilder::new(executor)
        .with_agent_card(card.clone())
        .with_span_content_capture(true)
        .build()
        .expect("a handler");
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    serve_with_addr(address, JsonRpcDispatcher::new(Arc::new(handler))).await.expect("a free port");
    card
}

fn main() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    // Neither where this machine keeps the sources nor what the client under the SDK says.
    let calls = Targets::new().with_targets(["a2a_protocol_client::rpc", "a2a_protocol_server::rpc"].map(|one| (one, LevelFilter::INFO)));
    let layer = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_tracer(provider.tracer("a2a-protocol-sdk"))
        .with_filter(calls);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let billing = serve(Billing, "billing", 58_154).await;
            let support = serve(Support { billing }, "support", 58_155).await;
            ask(&support, "thread-7").await.expect("an answer");
            tokio::time::sleep(Duration::from_millis(200)).await;
        });
    });
    let spans: Vec<Value> = exporter.get_finished_spans().expect("spans").iter().map(shown).collect();
    println!("{}", json!({ "by": ["a2a-protocol-sdk 0.15.0"], "spans": spans }));
}

fn shown(span: &SpanData) -> Value {
    let kind = match span.span_kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        _ => "internal",
    };
    let (status, message) = match &span.status {
        Status::Ok => ("ok", ""),
        Status::Error { description } => ("error", description.as_ref()),
        Status::Unset => ("unset", ""),
    };
    json!({
        "name": span.name,
        "kind": kind,
        "scopeName": span.instrumentation_scope.name(),
        "scopeVersion": span.instrumentation_scope.version().unwrap_or(""),
        "traceId": span.span_context.trace_id().to_string(),
        "spanId": span.span_context.span_id().to_string(),
        "parentId": if span.parent_span_id == opentelemetry::trace::SpanId::INVALID { String::new() } else { span.parent_span_id.to_string() },
        "startNs": nanos(span.start_time),
        "endNs": nanos(span.end_time),
        "status": status,
        "statusMessage": message,
        "attributes": attributes(&span.attributes),
        "events": span.events.iter().map(|event| json!({
            "name": event.name,
            "timeNs": nanos(event.timestamp),
            "attributes": attributes(&event.attributes),
        })).collect::<Vec<_>>(),
        "links": [],
    })
}

fn attributes(given: &[opentelemetry::KeyValue]) -> Value {
    use opentelemetry::Value as V;
    let pairs = given.iter().map(|pair| {
        let value = match &pair.value {
            V::Bool(value) => json!(value),
            V::I64(value) => json!(value),
            V::F64(value) => json!(value),
            other => json!(other.to_string()),
        };
        (pair.key.to_string(), value)
    });
    Value::Object(pairs.collect())
}

fn nanos(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).expect("a time after 1970").as_nanos().to_string()
}
