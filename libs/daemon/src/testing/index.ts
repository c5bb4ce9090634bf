export { captureIo, captureStream, until, type CapturedIo } from './captured-io.ts';
