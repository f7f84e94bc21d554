//! A certificate authority of the course's own, and the certificates it signs or refuses to have signed.

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{self, ServerConfig};

use super::trouble::Certificate;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Made(#[from] rcgen::Error),
    /// It could not be used.
    #[error("cannot use a certificate: {0}")]
    Used(#[from] rustls::Error),
}

/// What a server shows: how it speaks TLS, and the serial number of its certificate.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) config: Arc<ServerConfig>,
    pub(super) serial: String,
    pub(super) trusted: bool,
}

/// The authority and one that nobody trusts.
#[derive(Debug)]
pub(super) struct Authority {
    trusted: CertifiedIssuer<'static, KeyPair>,
    unknown: CertifiedIssuer<'static, KeyPair>,
    serials: ChaCha8Rng,
}

impl Authority {
    /// An authority whose serial numbers are drawn from `seed`. Its keys are new each time.
    pub(super) fn new(seed: u64) -> Result<Self, CertificateError> {
        Ok(Self {
            trusted: issuer("Course CA")?,
            unknown: issuer("Unknown CA")?,
            serials: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// The certificate of the trusted authority, to be given to clients.
    pub(super) fn pem(&self) -> String {
        self.trusted.pem()
    }

    /// A certificate for `host`.
    pub(super) fn issue(
        &mut self,
        host: &str,
        kind: Certificate,
    ) -> Result<Shown, CertificateError> {
        let named = match kind {
            Certificate::WrongName => format!("not-{host}"),
            _ => host.to_owned(),
        };
        let mut params = CertificateParams::new(vec![named.clone()])?;
        params.distinguished_name.push(DnType::CommonName, named);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = match kind {
            Certificate::Expired => date_time_ymd(2021, 1, 1),
            _ => date_time_ymd(2099, 1, 1),
        };
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut serial: [u8; 12] = self.serials.random();
        // A serial number is positive (RFC 5280, 4.1.2.2), and one without a leading zero is written in one way only.
        serial[0] = serial[0] & 0x7f | 0x10;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let key = KeyPair::generate()?;
        let issuer = match kind {
            Certificate::UnknownCa => &self.unknown,
            _ => &self.trusted,
        };
        let certificate = params.signed_by(&key, issuer)?;
        let chain = vec![certificate.der().clone()];
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key.into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session shows no certificate, and every handshake is to show one.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Shown {
            config: Arc::new(config),
            serial: format!("{:024X}", u128::from_be_bytes(padded(serial))),
            trusted: kind == Certificate::Good,
        })
    }
}

fn issuer(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, CertificateError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// Twelve bytes as the last of sixteen.
fn padded(bytes: [u8; 12]) -> [u8; 16] {
    let mut all = [0; 16];
    all[4..].copy_from_slice(&bytes);
    all
}
