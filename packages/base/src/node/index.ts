export { nodeHttp } from './http.ts';
export { nodePlatform } from './platform.ts';
