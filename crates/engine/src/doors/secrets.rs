//! Random numbers that become secrets and keys.

use domain::secret::{SIGNING_TOKEN_CHARS, SIGNING_TOKEN_LETTERS, Secret, SecretKind};

use super::Doors;

impl Doors {
    /// A new secret.
    pub fn secret(&self, kind: SecretKind) -> Secret {
        match kind {
            SecretKind::Symmetric => Secret::symmetric(self.random()),
            SecretKind::Asymmetric => Secret::asymmetric(self.random()),
        }
    }

    /// Bytes that nobody can foresee, as keys are made of.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.fill(&mut bytes);
        bytes
    }

    /// Draws letters without bias: bytes that would favour some letters are thrown away.
    pub(super) fn signing_token(&self) -> Secret {
        const FAIR: u8 = u8::MAX - u8::MAX % SIGNING_TOKEN_LETTERS;
        let mut drawn = Vec::with_capacity(2 * SIGNING_TOKEN_CHARS);
        while drawn.len() < SIGNING_TOKEN_CHARS {
            let bytes: [u8; SIGNING_TOKEN_CHARS] = self.random();
            drawn.extend(bytes.into_iter().filter(|byte| *byte < FAIR));
        }
        Secret::signing_token(std::array::from_fn(|at| drawn[at] % SIGNING_TOKEN_LETTERS))
    }
}
