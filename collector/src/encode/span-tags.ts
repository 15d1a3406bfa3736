/** Tags of opentelemetry-proto trace/v1: field number × 8 + wire type. */
export const TRACE_ID = 0x0a;
export const SPAN_ID = 0x12;
export const TRACE_STATE = 0x1a;
export const PARENT_ID = 0x22;
export const NAME = 0x2a;
export const KIND = 0x30;
export const START = 0x39;
export const END = 0x41;
export const ATTRIBUTE = 0x4a;
export const DROPPED_ATTRIBUTES = 0x50;
export const EVENT = 0x5a;
export const DROPPED_EVENTS = 0x60;
export const LINK = 0x6a;
export const DROPPED_LINKS = 0x70;
export const STATUS = 0x7a;
/** Field 16, fixed32: two bytes of tag. */
export const FLAGS = 0x85;

/** The event's and the link's own fields. */
export const EVENT_TIME = 0x09;
export const EVENT_NAME = 0x12;
export const EVENT_ATTRIBUTE = 0x1a;
export const EVENT_DROPPED = 0x20;
export const LINK_ATTRIBUTE = 0x22;
export const LINK_DROPPED = 0x28;
export const LINK_FLAGS = 0x35;

/** Lengths of the two kinds of ids. */
export const TRACE_BYTES = 16;
export const SPAN_BYTES = 8;
