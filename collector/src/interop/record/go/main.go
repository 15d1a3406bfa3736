// The common scenario (../README.md) through the OpenTelemetry SDK for Go, configured by OTEL_EXPORTER_OTLP_*.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const token = "ps1.k1.AAAAAAAAAAAAAAAAAAAAAA"

func newExporter(ctx context.Context) (*otlptrace.Exporter, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}

func main() {
	ctx := context.Background()
	exporter, err := newExporter(ctx)
	if err != nil {
		log.Fatal(err)
	}
	service, err := resource.Merge(resource.Default(), resource.NewSchemaless(
		attribute.String("service.name", "checkout"),
		attribute.String("service.namespace", "shop"),
		attribute.String("service.version", "1.0"),
	))
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(service), sdktrace.WithBatcher(exporter))
	tracer := provider.Tracer("interop", trace.WithInstrumentationVersion("1.2.3"))

	start := func(ctx context.Context, name string, kind trace.SpanKind, attributes []attribute.KeyValue, links ...trace.Link) (context.Context, trace.Span) {
		return tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...), trace.WithLinks(links...))
	}

	inOrder, order := start(ctx, "POST /orders ✓", trace.SpanKindServer, []attribute.KeyValue{
		attribute.String("http.request.method", "POST"),
		attribute.String("http.route", "/orders"),
		attribute.Int("http.response.status_code", 200),
	})
	inAgent, agent := start(inOrder, "invoke_agent clerk", trace.SpanKindInternal, []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "invoke_agent"),
		attribute.String("gen_ai.agent.name", "clerk"),
	})
	_, chat := start(inAgent, "chat gpt-5", trace.SpanKindClient, []attribute.KeyValue{
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5"),
		attribute.Float64("gen_ai.request.temperature", 0.5),
		attribute.Bool("gen_ai.request.stream", true),
		attribute.Int("gen_ai.usage.input_tokens", 12),
		attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop", "length"}),
		attribute.String("gen_ai.input.messages", "a prompt that must not be kept"),
		attribute.String("server.address", "api.openai.com"),
		attribute.Int("server.port", 443),
	})
	chat.End()
	agent.End()
	_, query := start(inOrder, "SELECT shop", trace.SpanKindClient, []attribute.KeyValue{
		attribute.String("db.system.name", "postgresql"),
		attribute.String("db.namespace", "shop"),
		attribute.String("db.query.text", "SELECT id, total FROM orders WHERE customer_id = 48213"),
		attribute.String("server.address", "db.internal"),
		attribute.Int("server.port", 5432),
		attribute.StringSlice("vestige.subject.tokens", []string{token}),
		attribute.String("vestige.purpose", "essential.service"),
	})
	query.End()
	_, send := start(inOrder, "send receipts", trace.SpanKindProducer, []attribute.KeyValue{
		attribute.String("messaging.system", "kafka"),
		attribute.String("messaging.operation.type", "send"),
		attribute.String("messaging.destination.name", "receipts"),
		attribute.Int64("messaging.kafka.offset", 9007199254740993),
		attribute.String("server.address", "kafka.internal"),
		attribute.Int("server.port", 9092),
	})
	send.End()
	order.End()
	_, process := start(ctx, "process receipts", trace.SpanKindConsumer, []attribute.KeyValue{
		attribute.String("messaging.system", "kafka"),
		attribute.String("messaging.operation.type", "process"),
		attribute.String("messaging.destination.name", "receipts"),
		attribute.String("server.address", "kafka.internal"),
		attribute.Int("server.port", 9092),
	}, trace.Link{
		SpanContext: send.SpanContext(),
		Attributes:  []attribute.KeyValue{attribute.StringSlice("vestige.subject.tokens", []string{token})},
	})
	process.AddEvent("exception", trace.WithAttributes(
		attribute.String("exception.type", "Refused"),
		attribute.String("exception.message", "must not be kept"),
	))
	process.SetStatus(codes.Error, "must not be kept")
	process.End()

	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	ids, err := json.Marshal(map[string]string{
		"order":   order.SpanContext().TraceID().String(),
		"process": process.SpanContext().TraceID().String(),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(ids))
}
