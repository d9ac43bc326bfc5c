//! Group commit: the posts that have come meanwhile are judged and stored in one transaction, and
//! answered after it.
//!
//! A commit costs a write to the disk however much is in it, so under load each carries many
//! verdicts. Nothing here reads a mail.

use crate::clock;
use crate::config::Config;
use crate::domain::list::gate::{self, Alignment, Facts, Judgement, Subscribed, Verdict};
use crate::domain::list::post::Post;
use crate::domain::time::{DAY, Moment};
use crate::flow::deliver;
use crate::flow::receive::lists::Posting;
use crate::flow::receive::{Answer, Carrier, Incoming, near};
use crate::store::verdict::{self, Decided, Digest};
use crate::store::{self, Db, StoreError, Tx, kept, outbox};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The most posts of one transaction.
const MOST_TOGETHER: usize = 128;
/// The most bytes of one transaction; the first post is taken however long it is.
const MOST_BYTES: usize = 4_000_000;

/// A post that waits for its verdict.
#[derive(Debug)]
pub struct Job {
    /// The list it is for.
    pub list: Arc<Posting>,
    /// The mail.
    pub mail: Arc<Incoming>,
    /// What was read of it.
    pub post: Post,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Answer>,
}

/// Takes posts until nobody sends any more.
pub async fn run(db: Db, config: Arc<Config>, mut queue: mpsc::Receiver<Job>) {
    let mut in_trouble = false;
    let mut next = None;
    while let Some(first) = take_or(&mut next, &mut queue).await {
        let mut jobs = vec![first];
        let mut bytes = jobs[0].mail.message.len();
        while jobs.len() < MOST_TOGETHER
            && let Ok(job) = queue.try_recv()
        {
            bytes += job.mail.message.len();
            if bytes > MOST_BYTES {
                next = Some(job);
                break;
            }
            jobs.push(job);
        }
        answer(&db, &config, jobs, &mut queue, &mut in_trouble).await;
    }
}

async fn take_or(next: &mut Option<Job>, queue: &mut mpsc::Receiver<Job>) -> Option<Job> {
    match next.take() {
        Some(job) => Some(job),
        None => queue.recv().await,
    }
}

/// Settles posts and answers them. Where one of them is what the database cannot take, the others
/// must not suffer for it, so each is tried alone then.
async fn answer(
    db: &Db,
    config: &Config,
    jobs: Vec<Job>,
    queue: &mut mpsc::Receiver<Job>,
    in_trouble: &mut bool,
) {
    match settle(db, config, &jobs).await {
        Ok(answers) => {
            *in_trouble = false;
            for (job, answer) in jobs.into_iter().zip(answers) {
                let _ = job.answer.send(answer); // A door that has gone away asks again.
            }
        }
        Err(error) if jobs.len() > 1 && !error.is_temporary() => {
            for job in jobs {
                Box::pin(answer(db, config, vec![job], queue, in_trouble)).await;
            }
        }
        Err(error) => {
            if !*in_trouble {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "posts cannot be stored; the mail server is told to wait");
            }
            *in_trouble = true;
            // Who waited meanwhile need not wait for the same again: their servers have time, too.
            let waited = std::iter::from_fn(|| queue.try_recv().ok());
            for job in jobs.into_iter().chain(waited) {
                let _ = job.answer.send(Answer::Later);
            }
        }
    }
}

/// What one transaction stores.
#[derive(Default)]
struct Batch {
    noted: Vec<Decided>,
    again: Vec<(Digest, i64)>,
    onward: Vec<outbox::Post>,
    kept: Vec<(usize, Verdict)>,
    /// The posts of this transaction that are known from now on.
    known: BTreeSet<(Digest, i64)>,
    /// All posts of this transaction that have a row in `noted`.
    rows: BTreeSet<(Digest, i64)>,
}

async fn settle(db: &Db, config: &Config, jobs: &[Job]) -> Result<Vec<Answer>, StoreError> {
    let now = clock::now();
    let mut tx = db.begin().await?;
    let facts = gather(&mut tx, jobs).await?;
    let mut batch = Batch::default();
    let mut answers = Vec::with_capacity(jobs.len());
    for (place, (job, mut facts)) in jobs.iter().zip(facts).enumerate() {
        let key = (job.post.digest, job.list.row.id.number());
        if job.mail.carrier == Carrier::Us && batch.known.contains(&key) {
            facts.is_known = true;
        }
        let judgement = judge(&mut tx, config, job, &mut facts).await?;
        answers.push(answer_to(&judgement, &facts));
        batch.add(place, job, facts, &judgement, now);
    }
    batch.store(&mut tx, config, jobs, now).await?;
    let wakes = !batch.onward.is_empty();
    tx.commit().await?;
    if wakes {
        deliver::wake_onward();
    }
    Ok(answers)
}

/// What would be decided about one post now; nothing is stored.
pub async fn look(
    db: &Db,
    config: &Config,
    list: Arc<Posting>,
    mail: Arc<Incoming>,
    post: Post,
) -> Result<(Facts, Judgement), StoreError> {
    let (answer, _) = oneshot::channel();
    let job = Job { list, mail, post, answer };
    let mut tx = db.begin().await?;
    let mut facts = gather(&mut tx, std::slice::from_ref(&job)).await?.remove(0);
    let judgement = judge(&mut tx, config, &job, &mut facts).await?;
    Ok((facts, judgement))
}

/// What the store knows about the posts is added to what they say of themselves.
async fn gather(tx: &mut Tx, jobs: &[Job]) -> Result<Vec<Facts>, StoreError> {
    let mut facts: Vec<Facts> = jobs.iter().map(|job| job.post.facts.clone()).collect();
    let posts: Vec<(Digest, i64)> =
        jobs.iter().map(|job| (job.post.digest, job.list.row.id.number())).collect();
    let known = verdict::known(&mut *tx, &posts).await?;
    for ((job, facts), known) in jobs.iter().zip(&mut facts).zip(known) {
        let counts = matches!(known, Some(Verdict::Accept | Verdict::Hold));
        facts.is_known = counts && job.mail.carrier == Carrier::Us;
    }
    subscribed(tx, jobs, &mut facts).await?;
    Ok(facts)
}

/// A question to the list of subscribers, and what its answer would mean.
struct Question<'a> {
    place: usize,
    list: store::list::ListId,
    key: std::borrow::Cow<'a, str>,
    means: Means<'a>,
}

enum Means<'a> {
    /// The address itself, or, where it has an extension, the address without it.
    Subscribed { by: gate::By, needs_extension: bool },
    /// The author is on another list.
    On(&'a str),
}

async fn subscribed(tx: &mut Tx, jobs: &[Job], facts: &mut [Facts]) -> Result<(), StoreError> {
    let questions = questions(jobs);
    let asked: Vec<(store::list::ListId, &str)> =
        questions.iter().map(|question| (question.list, question.key.as_ref())).collect();
    let rows = store::subscriber::standing(&mut *tx, &asked).await?;
    for (question, row) in questions.iter().zip(rows) {
        let Some(row) = row else { continue };
        let facts = &mut facts[question.place];
        match &question.means {
            Means::On(list) => facts.on_lists.push((*list).to_string()),
            Means::Subscribed { needs_extension: true, .. }
                if !row.is_extended && !jobs[question.place].list.policy.extensions => {}
            Means::Subscribed { by, needs_extension } => {
                let is_exact =
                    is_exact(&facts.author, *by, *needs_extension, row.address.as_untrusted());
                let (by, is_moderated) = (*by, row.is_moderated);
                facts.subscribed.push(Subscribed { by, is_moderated, is_exact });
            }
        }
    }
    Ok(())
}

/// Whether the local part of the author is written as the subscriber gave it. Only that of `From` is
/// known; an extension is the subscriber's own affair.
fn is_exact(author: &gate::Author, by: gate::By, has_extension: bool, given: &str) -> bool {
    let local = |address: &str| address.rsplit_once('@').map(|(local, _)| local.to_string());
    match (author, by) {
        (gate::Author::One(_, written), gate::By::From) => {
            let written = local(written);
            let written = match (has_extension, written) {
                (true, Some(local)) => local.split('+').next().map(str::to_string),
                (_, written) => written,
            };
            written == local(given)
        }
        _ => false,
    }
}

fn questions(jobs: &[Job]) -> Vec<Question<'_>> {
    let mut questions = Vec::with_capacity(2 * jobs.len());
    for (place, job) in jobs.iter().enumerate() {
        for (by, key) in &job.post.senders {
            let means = Means::Subscribed { by: *by, needs_extension: false };
            questions.push(Question {
                place,
                list: job.list.row.id,
                key: key.as_str().into(),
                means,
            });
            if let Some(base) = key.without_extension() {
                let means = Means::Subscribed { by: *by, needs_extension: true };
                let key = base.as_str().to_string().into();
                questions.push(Question { place, list: job.list.row.id, key, means });
            }
        }
        if let gate::Author::One(key, _) = &job.post.facts.author {
            for (name, list) in &job.list.accepts {
                let key = key.as_str().into();
                questions.push(Question { place, list: *list, key, means: Means::On(name) });
            }
        }
    }
    questions
}

/// Judges a post; an outsider's that would be lost is looked at once more where the list wants that.
async fn judge(
    tx: &mut Tx,
    config: &Config,
    job: &Job,
    facts: &mut Facts,
) -> Result<Judgement, StoreError> {
    let judgement = gate::decide(&job.list.policy, facts);
    let is_lost = judgement.check == gate::SUBSCRIBER && judgement.verdict != Verdict::Accept;
    if job.list.policy.near_miss.is_none() || !is_lost {
        return Ok(judgement);
    }
    facts.near = near::find(tx, config, job).await?;
    Ok(gate::decide(&job.list.policy, facts))
}

/// Only an author whose domain stands for the post is told; a stranger's name may be forged.
fn answer_to(judgement: &Judgement, facts: &Facts) -> Answer {
    match (judgement.verdict, &facts.alignment) {
        (Verdict::Accept, _) => Answer::Taken,
        (Verdict::Reject, Some(Alignment::Aligned(_))) => {
            Answer::Refused(judgement.because.clone())
        }
        _ if facts.is_known => Answer::Taken,
        _ => Answer::Swallowed,
    }
}

impl Batch {
    fn add(&mut self, place: usize, job: &Job, facts: Facts, judgement: &Judgement, now: Moment) {
        let key = (job.post.digest, job.list.row.id.number());
        if facts.is_known || !self.rows.insert(key) {
            self.again.push(key);
            return;
        }
        if matches!(judgement.verdict, Verdict::Accept | Verdict::Hold) {
            self.known.insert(key);
        }
        match judgement.verdict {
            Verdict::Accept if job.mail.carrier == Carrier::Us => {
                self.onward.push(onward(&job.list, &job.mail, &job.post));
            }
            Verdict::Accept => {}
            other => self.kept.push((place, other)),
        }
        self.noted.push(Decided {
            digest: job.post.digest,
            list: job.list.row.id.number(),
            at: now,
            times: 1,
            verdict: judgement.verdict,
            check: judgement.check.to_string(),
            facts,
        });
    }

    async fn store(
        &self,
        tx: &mut Tx,
        config: &Config,
        jobs: &[Job],
        now: Moment,
    ) -> Result<(), StoreError> {
        verdict::note(tx, &self.noted).await?;
        for (digest, list) in &self.again {
            verdict::again(tx, digest, *list).await?;
        }
        if !self.onward.is_empty() {
            outbox::add_posts(tx, &self.onward, now).await?;
        }
        self.keep(tx, config, jobs, now).await
    }

    /// Held posts wait; discarded ones are kept where the quarantine is on.
    async fn keep(
        &self,
        tx: &mut Tx,
        config: &Config,
        jobs: &[Job],
        now: Moment,
    ) -> Result<(), StoreError> {
        let gate = &config.gate;
        let mut quarantined = false;
        for (place, verdict) in &self.kept {
            let job = &jobs[*place];
            let days = match verdict {
                Verdict::Hold => gate.hold_days,
                _ => gate.quarantine_days,
            };
            if days == 0 {
                continue;
            }
            let verdict = if *verdict == Verdict::Hold { Verdict::Hold } else { Verdict::Discard };
            quarantined |= verdict == Verdict::Discard;
            let post = kept::New {
                list: job.list.row.id.number(),
                digest: &job.post.digest,
                verdict,
                at: now,
                until: now.plus(i64::from(days) * DAY),
                sender: &job.mail.sender,
                message: &job.mail.message,
            };
            kept::add(tx, &post).await?;
        }
        if quarantined {
            kept::bound(tx, gate.quarantine_posts).await?;
        }
        Ok(())
    }
}

/// The row by which an accepted post goes on to its list.
pub(in crate::flow) fn onward(list: &Posting, mail: &Incoming, post: &Post) -> outbox::Post {
    outbox::Post {
        key: format!("post:{}:{}", list.row.name, verdict::hex(&post.digest)),
        route: list.row.name.clone(),
        message_id: post.facts.message_id.clone(),
        sender: Some(mail.sender.clone()).filter(|sender| !sender.is_empty()),
        recipient: list.row.address.clone(),
        message: mail.message.clone(),
    }
}
