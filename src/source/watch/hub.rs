//! One look at the build system: what was tagged, whether it is signed, what changed in it.

use crate::clock;
use crate::flow::push::Pushes;
use crate::source::koji::Hub;
use crate::source::koji::trouble::Trouble;

/// How many builds are asked about in one round, beyond what was tagged.
const MOST_BUILDS: usize = 5;

/// Whoever asks the hub.
pub struct Asker {
    hub: Hub,
    /// What was wrong at the last look: it is logged once.
    trouble: Option<String>,
}

impl Asker {
    /// Of the hub at this address.
    pub fn new(url: &str) -> Asker {
        Asker { hub: Hub::new(url), trouble: None }
    }

    /// Asks what was tagged since; whether it answered.
    pub async fn ask(&mut self, pushes: &Pushes) -> bool {
        let asked = self.read(pushes).await;
        let trouble = asked.err();
        if let Some(trouble) = &trouble
            && self.trouble.as_ref() != Some(trouble)
        {
            tracing::warn!(trouble, "the build system does not tell what was tagged");
        }
        self.trouble = trouble;
        self.trouble.is_none()
    }

    async fn read(&self, pushes: &Pushes) -> Result<(), String> {
        let store = |error: crate::flow::push::StoreError| error.to_string();
        let (mut asked, mut new) = (Vec::new(), Vec::new());
        for (tag, after) in pushes.cursors().await.map_err(store)? {
            match after {
                Some(after) => asked.push((tag, after)),
                None => new.push(tag),
            }
        }
        if !new.is_empty() {
            let last = self.in_a_thread(|hub| hub.last_event()).await?;
            for tag in new {
                pushes.begin_tag(&tag, last.id, clock::now()).await.map_err(store)?;
            }
        }
        let mut troubles = Vec::new();
        if !asked.is_empty() {
            let tags = asked.clone();
            let histories = self
                .in_a_thread(move |hub| {
                    let asked: Vec<(&str, i64)> =
                        tags.iter().map(|(tag, after)| (tag.as_str(), *after)).collect();
                    hub.histories(&asked)
                })
                .await?;
            for ((tag, _), history) in asked.iter().zip(histories) {
                match history {
                    Ok(history) => {
                        if history.skipped > 0 {
                            tracing::warn!(tag, skipped = history.skipped, "rows cannot be read");
                        }
                        let now = clock::now();
                        pushes.tagged(tag, &history.changes, now).await.map_err(store)?;
                    }
                    Err(trouble) => troubles.push(format!("{tag}: {trouble}")),
                }
            }
        }
        self.look_up(pushes).await?;
        if troubles.is_empty() { Ok(()) } else { Err(troubles.join("  ")) }
    }

    /// Asks about builds that were tagged lately: their changelog, and whether they are signed.
    async fn look_up(&self, pushes: &Pushes) -> Result<(), String> {
        let store = |error: crate::flow::push::StoreError| error.to_string();
        let builds = pushes.to_look_up(MOST_BUILDS, clock::now()).await.map_err(store)?;
        for (id, build) in builds {
            let looked_up = self
                .in_a_thread(move |hub| Ok((hub.changelog(build)?, hub.signatures(build)?)))
                .await?;
            let (entries, signatures) = looked_up;
            let entries = entries.iter().map(|entry| {
                let words = |text: &crate::domain::text::Text| text.as_untrusted().to_string();
                (words(&entry.author), words(&entry.text))
            });
            let (entries, is_signed) = (entries.collect::<Vec<_>>(), signatures.is_signed());
            pushes.looked_up(&id, &entries, is_signed, clock::now()).await.map_err(store)?;
        }
        Ok(())
    }

    async fn in_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hub) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, String> {
        let hub = self.hub.clone();
        match tokio::task::spawn_blocking(move || work(&hub)).await {
            Ok(done) => done.map_err(|trouble| trouble.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}
