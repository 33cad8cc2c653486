//! Which spans are sampled: those that the `OTEL_TRACES_SAMPLER` variables say, and a trace that follows from another one as
//! that one was.

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanKind, TraceContextExt},
};
use opentelemetry_sdk::trace::{Config, SamplingResult, ShouldSample};

/// Takes what a span without a parent links to for its parent, so that a handoff is one story or none.
#[derive(Debug, Clone)]
pub(super) struct Linked(Box<dyn ShouldSample>);

impl Linked {
    /// By what the variables say.
    pub(super) fn told() -> Self {
        Self(Config::default().sampler)
    }
}

impl ShouldSample for Linked {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let is_root = parent.is_none_or(|parent| !parent.span().span_context().is_valid());
        let origin = links.first().filter(|_| is_root);
        let origin = origin.map(|link| Context::new().with_remote_span_context(link.span_context.clone()));
        self.0.should_sample(origin.as_ref().or(parent), trace, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span, SpanContext, SpanId, TraceFlags, TraceState, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

    use super::*;

    fn context(flags: TraceFlags) -> SpanContext {
        SpanContext::new(TraceId::from(1), SpanId::from(1), flags, true, TraceState::NONE)
    }

    /// Whether a span below `parent` that links to `link` is sampled where `sampler` is told.
    fn is_sampled(sampler: Sampler, parent: Option<TraceFlags>, link: Option<TraceFlags>) -> bool {
        let provider = SdkTracerProvider::builder().with_sampler(Linked(Box::new(sampler))).build();
        let tracer = provider.tracer("test");
        let links = link.map(|flags| Link::new(context(flags), Vec::new(), 0));
        let builder = tracer.span_builder("follow").with_links(links.into_iter().collect());
        let parent =
            parent.map_or_else(Context::new, |flags| Context::new().with_remote_span_context(context(flags)));
        tracer.build_with_context(builder, &parent).span_context().is_sampled()
    }

    #[test]
    fn a_trace_that_follows_from_another_is_sampled_as_that_was() {
        let (yes, no) = (Some(TraceFlags::SAMPLED), Some(TraceFlags::NOT_SAMPLED));
        for (share, by_itself) in [(1.0, true), (0.0, false)] {
            let by_parent = || Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
            assert_eq!(is_sampled(by_parent(), None, None), by_itself, "{share}: by itself");
            assert!(is_sampled(by_parent(), None, yes) && !is_sampled(by_parent(), None, no), "{share}");
            assert!(is_sampled(by_parent(), yes, no) && !is_sampled(by_parent(), no, yes), "{share}");
        }
        assert!(!is_sampled(Sampler::AlwaysOff, None, yes) && is_sampled(Sampler::AlwaysOn, None, no));
    }
}
