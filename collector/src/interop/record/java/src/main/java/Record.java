import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The common scenario (../README.md) through the OpenTelemetry SDK for Java, configured by OTEL_EXPORTER_OTLP_*. */
public final class Record {
  private static final AttributeKey<List<String>> TOKENS = AttributeKey.stringArrayKey("vestige.subject.tokens");
  private static final List<String> TOKEN = List.of("ps1.k1.AAAAAAAAAAAAAAAAAAAAAA");

  public static void main(String[] args) {
    OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder().disableShutdownHook().build().getOpenTelemetrySdk();
    Tracer tracer = sdk.getTracer("interop", "1.2.3");

    Span order =
        start(tracer, "POST /orders ✓", SpanKind.SERVER, null)
            .setAttribute("http.request.method", "POST")
            .setAttribute("http.route", "/orders")
            .setAttribute("http.response.status_code", 200)
            .startSpan();
    Span agent =
        start(tracer, "invoke_agent clerk", SpanKind.INTERNAL, order)
            .setAttribute("gen_ai.operation.name", "invoke_agent")
            .setAttribute("gen_ai.agent.name", "clerk")
            .startSpan();
    start(tracer, "chat gpt-5", SpanKind.CLIENT, agent)
        .setAttribute("gen_ai.operation.name", "chat")
        .setAttribute("gen_ai.provider.name", "openai")
        .setAttribute("gen_ai.request.model", "gpt-5")
        .setAttribute("gen_ai.request.temperature", 0.5)
        .setAttribute("gen_ai.request.stream", true)
        .setAttribute("gen_ai.usage.input_tokens", 12)
        .setAttribute(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons"), List.of("stop", "length"))
        .setAttribute("gen_ai.input.messages", "a prompt that must not be kept")
        .setAttribute("server.address", "api.openai.com")
        .setAttribute("server.port", 443)
        .startSpan()
        .end();
    agent.end();
    start(tracer, "SELECT shop", SpanKind.CLIENT, order)
        .setAttribute("db.system.name", "postgresql")
        .setAttribute("db.namespace", "shop")
        .setAttribute("db.query.text", "SELECT id, total FROM orders WHERE customer_id = 48213")
        .setAttribute("server.address", "db.internal")
        .setAttribute("server.port", 5432)
        .setAttribute(TOKENS, TOKEN)
        .setAttribute("vestige.purpose", "essential.service")
        .startSpan()
        .end();
    Span send =
        start(tracer, "send receipts", SpanKind.PRODUCER, order)
            .setAttribute("messaging.system", "kafka")
            .setAttribute("messaging.operation.type", "send")
            .setAttribute("messaging.destination.name", "receipts")
            .setAttribute("messaging.kafka.offset", 9007199254740993L)
            .setAttribute("server.address", "kafka.internal")
            .setAttribute("server.port", 9092)
            .startSpan();
    send.end();
    order.end();
    Span process =
        start(tracer, "process receipts", SpanKind.CONSUMER, null)
            .setAttribute("messaging.system", "kafka")
            .setAttribute("messaging.operation.type", "process")
            .setAttribute("messaging.destination.name", "receipts")
            .setAttribute("server.address", "kafka.internal")
            .setAttribute("server.port", 9092)
            .addLink(send.getSpanContext(), Attributes.of(TOKENS, TOKEN))
            .startSpan();
    process.addEvent(
        "exception",
        Attributes.of(
            AttributeKey.stringKey("exception.type"), "Refused",
            AttributeKey.stringKey("exception.message"), "must not be kept"));
    process.setStatus(StatusCode.ERROR, "must not be kept");
    process.end();

    sdk.getSdkTracerProvider().forceFlush().join(10, TimeUnit.SECONDS);
    sdk.close();
    System.out.printf(
        "{\"order\":\"%s\",\"process\":\"%s\"}%n",
        order.getSpanContext().getTraceId(), process.getSpanContext().getTraceId());
  }

  private static SpanBuilder start(Tracer tracer, String name, SpanKind kind, Span parent) {
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind);
    return parent == null ? builder.setNoParent() : builder.setParent(Context.root().with(parent));
  }
}
