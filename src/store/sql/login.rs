//! The statements about logging in to the pages.

use crate::store::sql::Sql;

/// The columns of a session.
macro_rules! session {
    () => {
        "id, member, form, way, agent, created_at, used_at, until, told"
    };
}

statements! {
    /// Beyond `$2` of a member the oldest go.
    SESSION_BOUND = [
        "delete from session where member = $1 and id not in \
         (select id from session where member = $1 order by id desc limit $2)"];
    SESSION_ADD = [
        "insert into session (digest, member, form, way, agent, created_at, used_at, until, told) \
         values ($1, $2, $3, $4, $5, $6, $6, $7, '')"];
    /// `$2` now, `$3` when it was used at the latest.
    SESSION_OF = [
        "select ", session!(), " from session where digest = $1 and until > $2 and used_at > $3"];
    SESSION_ALL = [
        "select ", session!(), " from session where until > $1 and used_at > $2 \
         order by id desc limit $3"];
    SESSION_USED = ["update session set used_at = $2 where id = $1 and used_at < $2"];
    SESSION_TELL = ["update session set told = $2 where id = $1"];
    SESSION_END = ["delete from session where id = $1"];
    SESSION_END_OF = ["delete from session where member = $1"];
    SESSION_MEMBERS = ["select distinct member from session order by member"];
    /// `$1` now, `$2` when it was used at the latest.
    SESSION_FORGET = ["delete from session where until <= $1 or used_at <= $2"];

    /// Those who ask at once are counted one after the other. The number means nothing but "ours".
    LINK_LOCK = "select 1" / "select cast(pg_advisory_xact_lock(7021791117) as text)";
    /// How many links were made since `$2`: all, and those of the member `$1`.
    LINK_COUNT = [
        "select count(*), count(case when member = $1 then 1 end) from login_link where made_at > $2"];
    LINK_ADD = [
        "insert into login_link (digest, member, made_at, until) values ($1, $2, $3, $4)"];
    LINK_OF = [
        "select member from login_link where digest = $1 and until > $2 and used_at is null"];
    LINK_USE = [
        "update login_link set used_at = $2 where digest = $1 and until > $2 and used_at is null"];
    LINK_FORGET = ["delete from login_link where made_at <= $1"];

    /// How many are still expected back at `$1`.
    ATTEMPT_COUNT = ["select count(*) from login_attempt where until > $1"];
    ATTEMPT_ADD = [
        "insert into login_attempt (digest, browser, verifier, nonce, next, until) \
         values ($1, $2, $3, $4, $5, $6)"];
    /// An attempt comes back once, to the browser that began it.
    ATTEMPT_TAKE = [
        "delete from login_attempt where digest = $1 and browser = $2 and until > $3 \
         returning verifier, nonce, next"];
    ATTEMPT_FORGET = ["delete from login_attempt where until <= $1"];
}
