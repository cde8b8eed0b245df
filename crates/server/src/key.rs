//! The admin key: made at the first start of `serve`, printed once, and kept only as a hash.

use std::fmt;

use engine::ports::catalog::{Catalog, KeyHash};
use engine::ports::chance::Chance;
use engine::ports::fault::StoreError;
use sha2::{Digest as _, Sha256};

/// Bytes of the part that names the key, which may be shown.
const ID_BYTES: usize = 4;
/// Bytes of the part that is secret: 192 bits, which nobody guesses.
const SECRET_BYTES: usize = 24;

/// A key that opens everything: `whk_`, eight hexadecimal digits that name it, `_`, and 48 that are secret.
pub(crate) struct AdminKey(String);

/// Makes the admin key of a store that has none yet; `None` if it has one.
///
/// # Errors
/// If the store cannot take it.
pub(crate) async fn first(
    catalog: &dyn Catalog,
    chance: &dyn Chance,
) -> Result<Option<AdminKey>, StoreError> {
    if !catalog.admin_keys().await?.is_empty() {
        return Ok(None);
    }
    let key = AdminKey::new(chance);
    let added = catalog.add_first_admin_key(key.hash()).await?;
    Ok(added.then_some(key))
}

impl AdminKey {
    fn new(chance: &dyn Chance) -> Self {
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        chance.fill(&mut id);
        chance.fill(&mut secret);
        Self(format!("whk_{}_{}", hex(&id), hex(&secret)))
    }

    /// What is stored of it.
    fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The key as its owner needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminKey(***)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use engine::ports::memory::MemoryStore;

    use super::*;
    use crate::chance::SystemChance;

    #[tokio::test]
    async fn a_store_gets_one_key() {
        let store = MemoryStore::default();
        let key = first(&store, &SystemChance).await.unwrap().expect("the store had no key");
        assert_eq!(store.admin_keys().await, Ok(vec![key.hash()]));
        assert!(first(&store, &SystemChance).await.unwrap().is_none());
    }

    #[test]
    fn a_key_is_long_and_does_not_print_itself() {
        let (key, other) = (AdminKey::new(&SystemChance), AdminKey::new(&SystemChance));
        let parts: Vec<&str> = key.expose().split('_').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [3, 8, 48]);
        assert_ne!(key.expose(), other.expose());
        assert!(!format!("{key:?}").contains(parts[2]));
    }
}
