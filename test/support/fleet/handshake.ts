import { connect } from 'node:tls';

/**
 * The SHA-1 fingerprint of the certificate that a host shows for a name on port 443; the error's message if the
 * handshake fails.
 */
export function fingerprintOf(address: string, servername: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 443, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint);
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.message));
  });
}
