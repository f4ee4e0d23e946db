//! The forms the database has had, and the way from each to the next: forward only, each step whole or not at all, and one
//! node at a time.

use tokio_postgres::Transaction;

use super::link::{Again, Link};
use super::param::params;
use crate::store::StoreError;

/// The steps, in order; step n leads to form n (counted from 1). A step that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_outbox_by_number.sql"),
    include_str!("migrations/0003_left_when_whatsapp_says.sql"),
    include_str!("migrations/0004_held_for_order.sql"),
    include_str!("migrations/0005_one_statement_a_table.sql"),
    include_str!("migrations/0006_what_overtook_a_notice.sql"),
    include_str!("migrations/0007_what_is_told_late.sql"),
];
/// What a release does in the database, as functions; made anew with every step. No data hangs on them.
const FUNCTIONS: &str = include_str!("functions.sql");
/// Takes away the functions of an earlier release.
const FORGET_FUNCTIONS: &str = "DO $$ DECLARE of_ours TEXT; BEGIN \
    FOR of_ours IN SELECT 'DROP ' || CASE prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || oid::regprocedure \
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'frontdesk\\_%' LOOP \
        EXECUTE of_ours || ' CASCADE'; \
    END LOOP; \
    FOR of_ours IN SELECT 'DROP TYPE ' || oid::regtype \
        FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'frontdesk\\_%' \
        AND typtype = 'c' LOOP \
        EXECUTE of_ours || ' CASCADE'; \
    END LOOP; \
    END $$";

/// Brings the database to the form this release knows. A database of a later release, or of another program, is refused
/// and left as it is.
pub async fn migrate(link: &Link) -> Result<(), StoreError> {
    let mut client = link.connection().await?;
    let failed = |error: tokio_postgres::Error| refused(link, &error);
    let transaction = client.transaction().await.map_err(failed)?;
    // Held until the end of the transaction: another node that starts at this moment waits.
    let lock = "SELECT pg_advisory_xact_lock(hashtext('frontdesk form'))";
    transaction.batch_execute(lock).await.map_err(failed)?;
    let encoding: String = ask(&transaction, "SELECT current_setting('server_encoding')").await.map_err(failed)?;
    if encoding != "UTF8" {
        return Err(StoreError::Refused {
            place: link.address.place().to_owned(),
            reason: format!("the database keeps texts as {encoding}, which has no room for every language"),
            help: format!("make one with `createdb --encoding=UTF8 --template=template0 {}`", link.address.database()),
        });
    }
    let ours: bool = ask(&transaction, "SELECT to_regclass('schema_versions') IS NOT NULL").await.map_err(failed)?;
    if !ours {
        let tables = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') \
                      AND relnamespace = current_schema()::regnamespace";
        if ask::<i64>(&transaction, tables).await.map_err(failed)? > 0 {
            return Err(StoreError::Foreign { path: link.address.place().into() });
        }
        let table = "CREATE TABLE schema_versions (version BIGINT PRIMARY KEY)";
        transaction.batch_execute(table).await.map_err(failed)?;
    }
    let form = "SELECT coalesce(max(version), 0) FROM schema_versions";
    let found: i64 = ask(&transaction, form).await.map_err(failed)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    if found < known {
        transaction.batch_execute(FORGET_FUNCTIONS).await.map_err(failed)?;
    }
    for (step, sql) in (1..).zip(STEPS) {
        if step > found {
            transaction.batch_execute(sql).await.map_err(failed)?;
            let note = "INSERT INTO schema_versions (version) VALUES ($1)";
            transaction.execute(note, &[&step]).await.map_err(failed)?;
        }
    }
    if found < known {
        transaction.batch_execute(FUNCTIONS).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

async fn ask<T: for<'a> tokio_postgres::types::FromSql<'a>>(
    transaction: &Transaction<'_>,
    sql: &str,
) -> Result<T, tokio_postgres::Error> {
    transaction.query_one(sql, &[]).await?.try_get(0)
}

fn refused(link: &Link, error: &tokio_postgres::Error) -> StoreError {
    use tokio_postgres::error::SqlState;
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        let user = link.address.user();
        return StoreError::Refused {
            place: link.address.place().to_owned(),
            reason: format!("the user `{user}` may not make tables there"),
            help: format!("let it: `ALTER DATABASE {} OWNER TO {user}`", link.address.database()),
        };
    }
    super::fault::Fault::of(error, link.patience()).told(link.address.place())
}

/// Writes without changing anything: only that shows that writing is possible.
pub async fn touch(link: &Link) -> Result<(), StoreError> {
    link.ask(Again::No, "UPDATE schema_versions SET version = version", params![]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn functions_change_with_a_step_only() {
        let mut hash = hex::encode(Sha256::digest(FUNCTIONS));
        hash.truncate(16);
        let seen = (STEPS.len(), hash.as_str());
        assert_eq!(
            seen,
            (7, "b7c04d032fc6d07a"),
            "add a step, or databases that are there keep the functions they have"
        );
    }
}
