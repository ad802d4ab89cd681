import { apis, encodeBatch, errorCode, headerOf } from '@nagare/protocol';
