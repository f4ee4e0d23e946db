//! A store that fails or holds back when a test says so, and otherwise does what the one behind it does.

use std::sync::{Arc, Mutex};

use frontdesk::clock::Timestamp;
use frontdesk::store::{
    AgentRow, Arrival, Arrived, AuditRow, Case, CaseQuery, Claim, Committed, ContactId, ContactRow, Depths, DueTimer,
    Entry, Export, FactCount, Finished, Identity, Job, Later, Loaded, Occurrence, OccurrenceQuery, Pending, Session,
    Standing, Store, StoreError, ThreadQuery, TimerClaim, TurnCommit, TurnProblem, Version, Why,
};
use tokio::sync::{Semaphore, watch};

/// What goes wrong, shared by a test and its store.
#[derive(Debug)]
pub struct Faults {
    /// Turns are not committed as long as this is set.
    pub commits: Mutex<Option<StoreError>>,
    /// How often turns were not committed.
    pub refused: Mutex<usize>,
    /// The next turn of this contact is not committed, while its neighbours are.
    pub one_turn: Mutex<Option<(ContactId, StoreError)>>,
    /// Erased just before the next turns are committed.
    pub erased_before_commit: Mutex<Option<ContactId>>,
    /// Loading waits for a permit.
    pub loads: Semaphore,
    /// What was claimed is told when there is a permit.
    pub claims: Semaphore,
    /// How many jobs were claimed.
    pub claimed: watch::Sender<usize>,
}

impl Faults {
    pub fn none() -> Arc<Self> {
        let free = || Semaphore::new(Semaphore::MAX_PERMITS / 2);
        Arc::new(Self {
            commits: Mutex::new(None),
            refused: Mutex::new(0),
            one_turn: Mutex::new(None),
            erased_before_commit: Mutex::new(None),
            loads: free(),
            claims: free(),
            claimed: watch::Sender::new(0),
        })
    }
}

#[derive(Debug)]
pub struct Balky {
    pub store: Arc<dyn Store>,
    pub faults: Arc<Faults>,
}

impl Balky {
    /// Without the turn that is not to be committed, where it stood, and what is said of it.
    fn spoil(&self, mut turns: Vec<TurnCommit>) -> (Vec<TurnCommit>, Option<(usize, StoreError)>) {
        let mut wanted = self.faults.one_turn.lock().unwrap();
        let position = wanted.as_ref().and_then(|(contact, _)| turns.iter().position(|turn| turn.contact == *contact));
        let Some(position) = position else { return (turns, None) };
        turns.remove(position);
        (turns, wanted.take().map(|(_, error)| (position, error)))
    }
}

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)+) => {
        $(fn $name(&self, $($argument: $kind),*) -> Later<$answer> {
            self.store.$name($($argument),*)
        })+
    };
}

impl Store for Balky {
    fn commit_turns(&self, turns: Vec<TurnCommit>) -> Later<Vec<Result<Committed, TurnProblem>>> {
        let fault = self.faults.commits.lock().unwrap().clone();
        match fault {
            None => {
                let (store, erased) =
                    (Arc::clone(&self.store), self.faults.erased_before_commit.lock().unwrap().take());
                let (turns, spoilt) = self.spoil(turns);
                Box::pin(async move {
                    if let Some(contact) = erased {
                        store.erase(contact, AuditRow::erasure("somebody", contact, Timestamp::UNIX_EPOCH)).await?;
                    }
                    let mut answers = store.commit_turns(turns).await?;
                    if let Some((position, error)) = spoilt {
                        answers.insert(position, Err(TurnProblem::Store(error)));
                    }
                    Ok(answers)
                })
            }
            Some(error) => {
                *self.faults.refused.lock().unwrap() += 1;
                Box::pin(async { Err(error) })
            }
        }
    }

    fn load(&self, contacts: Vec<ContactId>) -> Later<Vec<Loaded>> {
        let (store, faults) = (Arc::clone(&self.store), Arc::clone(&self.faults));
        Box::pin(async move {
            faults.loads.acquire().await.map_err(|_| StoreError::Closed)?.forget();
            store.load(contacts).await
        })
    }

    fn claim_jobs(&self, claim: Claim) -> Later<Vec<Job>> {
        let (store, faults) = (Arc::clone(&self.store), Arc::clone(&self.faults));
        Box::pin(async move {
            let jobs = store.claim_jobs(claim).await?;
            if !jobs.is_empty() {
                faults.claimed.send_modify(|claimed| *claimed += jobs.len());
                faults.claims.acquire().await.map_err(|_| StoreError::Closed)?.forget();
            }
            Ok(jobs)
        })
    }

    passed_on! {
        receive(arrivals: Vec<Arrival>, now: Timestamp) -> Vec<Arrived>;
        contact(number_id: String, who: Identity, now: Timestamp) -> ContactRow;
        find_contact(number_id: String, who: Identity, now: Timestamp) -> Option<ContactRow>;
        known_as(value: String) -> Vec<ContactRow>;
        export(contact: ContactId) -> Option<Export>;
        erase(contact: ContactId, audit: AuditRow) -> bool;
        pending(after: ContactId, limit: u32) -> Vec<Pending>;
        claim_timers(claim: TimerClaim) -> Vec<DueTimer>;
        next_timer(after: Timestamp) -> Option<Timestamp>;
        finish_jobs(finished: Vec<Finished>, now: Timestamp) -> ();
        next_job(except: Vec<ContactId>, held: Vec<String>) -> Option<Timestamp>;
        thread(query: ThreadQuery) -> Vec<Entry>;
        why(contact: ContactId, before: Option<i64>, limit: u32) -> Vec<Why>;
        cases(query: CaseQuery) -> Vec<Case>;
        open_contacts(after: ContactId, limit: u32) -> Vec<ContactRow>;
        facts(from: Timestamp, to: Timestamp) -> Vec<FactCount>;
        occurrences(query: OccurrenceQuery) -> Vec<Occurrence>;
        publish(version: Version) -> ();
        version(hash: String) -> Option<Version>;
        newest_version() -> Option<Version>;
        forget_versions(replaced_before: Timestamp) -> ();
        standing() -> Vec<Standing>;
        put_agent(agent: AgentRow) -> ();
        agent(name: String) -> Option<AgentRow>;
        agents() -> Vec<AgentRow>;
        set_presence(name: String, online: bool, at: Timestamp) -> bool;
        open_session(session: Session) -> ();
        session(token_hash: String, now: Timestamp) -> Option<Session>;
        close_session(token_hash: String) -> ();
        close_sessions_of(agent: String) -> ();
        audit(row: AuditRow) -> ();
        audit_log(before: Option<i64>, limit: u32) -> Vec<(i64, AuditRow)>;
        setting(key: String) -> Option<String>;
        change_setting(key: String, from: Option<String>, to: Option<String>) -> bool;
        depths() -> Depths;
        check() -> ();
    }
}
