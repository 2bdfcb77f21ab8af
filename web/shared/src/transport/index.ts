export { ApiError, Code } from './api_error';
export { type CallOptions, type Client, type ClientOptions, createClient } from './client';
export { tryParse } from './frames';
