export { ApiError, Code, errorOf, type StatusTexts, textsOf } from './api_error';
export { type CallOptions, type Client, type ClientOptions, createClient } from './client';
export { type Answer, BrokenAnswer, frame, tryParse, unframe } from './frames';
