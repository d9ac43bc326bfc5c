//! The statements about lists, their subscribers and tokens.

use crate::store::sql::Sql;

/// The columns of a list.
macro_rules! list {
    () => {
        "id, name, address, settings, created_at"
    };
}

/// The columns of a subscriber.
macro_rules! subscriber {
    () => {
        "key, address, name, other_of, joined_at, extended_at, moderated_at, nomail_at"
    };
}

statements! {
    /// `$1` name, `$2` address, `$3` settings, `$4` now. Nothing where the name or the address is
    /// taken.
    LIST_ADD = [
        "insert into list (name, address, settings, created_at) values ($1, $2, $3, $4) \
         on conflict do nothing returning ", list!()];
    LIST_ALL = ["select ", list!(), " from list order by name"];
    /// A name holds no `@`, so it is no other list's address.
    LIST_BY = ["select ", list!(), " from list where name = $1 or address = $1"];
    LIST_SET = ["update list set settings = $2 where id = $1"];
    LIST_MOVE = ["update list set address = $2 where id = $1"];
    LIST_REMOVE = ["delete from list where id = $1"];
    LIST_TOKENS = ["delete from token where list = $1"];
    LIST_EMPTY = ["delete from subscriber where list = $1"];

    /// `$1` list, `$2` the rows as in `LOG_APPEND`; of an address that is there nothing changes.
    SUBSCRIBER_ADD =
        "insert into subscriber (list, key, address, name, other_of, joined_at, extended_at, \
         moderated_at, nomail_at) select $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, \
         value ->> 4, value ->> 5, value ->> 6, value ->> 7 from json_each($2) where true \
         on conflict do nothing"
        / "insert into subscriber (list, key, address, name, other_of, joined_at, extended_at, \
         moderated_at, nomail_at) select $1, new.* from unnest($2::text[], $3::text[], $4::text[], \
         $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]) new \
         on conflict do nothing";
    SUBSCRIBER_REMOVE =
        "delete from subscriber where list = $1 and key in (select value from json_each($2))"
        / "delete from subscriber where list = $1 and key = any ($2::text[])";
    /// The further addresses of who has one of those; alone, since with the keys in one statement
    /// SQLite would walk through the whole list.
    SUBSCRIBER_REMOVE_OTHERS =
        "delete from subscriber where list = $1 and other_of in (select value from json_each($2))"
        / "delete from subscriber where list = $1 and other_of = any ($2::text[])";
    /// `$2` the last key of the page before, `$3` at most so many rows.
    SUBSCRIBER_PAGE = [
        "select ", subscriber!(), " from subscriber where list = $1 and key > $2 \
         order by key limit $3"];
    /// Those whose key has the word `$2` in it, after the key `$3`.
    SUBSCRIBER_SEARCH =
        "select key, address, name, other_of, joined_at, extended_at, moderated_at, nomail_at \
         from subscriber where list = $1 and instr(key, $2) > 0 and key > $3 order by key limit $4"
        / "select key, address, name, other_of, joined_at, extended_at, moderated_at, nomail_at \
         from subscriber where list = $1 and strpos(key, $2) > 0 and key > $3 order by key limit $4";
    /// Those of `$2` that are there, as many keys as one likes.
    SUBSCRIBER_KNOWN =
        "select key from subscriber where list = $1 and key in (select value from json_each($2))"
        / "select key from subscriber where list = $1 and key = any ($2::text[])";
    SUBSCRIBER_OF = ["select ", subscriber!(), " from subscriber where list = $1 and key = $2"];
    SUBSCRIBER_OTHERS = [
        "select ", subscriber!(), " from subscriber where list = $1 and other_of = $2 \
         order by key limit $3"];
    SUBSCRIBER_COUNT = [
        "select count(*), count(other_of), count(nomail_at), count(moderated_at) \
         from subscriber where list = $1"];
    /// `$3` extended, `$4` moderated, `$5` without mail since.
    SUBSCRIBER_SET = [
        "update subscriber set extended_at = $3, moderated_at = $4, nomail_at = $5 \
         where list = $1 and key = $2"];
    /// What the gate asks of a batch of posts: the pairs of a list and a key, each answer with the
    /// place of its question. The cross join keeps SQLite asking the primary key.
    SUBSCRIBER_STANDING =
        "select question.key as place, subscriber.address, subscriber.other_of, \
         subscriber.extended_at, subscriber.moderated_at \
         from json_each($1) question cross join subscriber \
         where subscriber.list = question.value ->> 0 and subscriber.key = question.value ->> 1"
        / "select question.place - 1 as place, subscriber.address, subscriber.other_of, \
         subscriber.extended_at, subscriber.moderated_at \
         from unnest($1::bigint[], $2::text[]) with ordinality question (list, key, place) \
         join subscriber on subscriber.list = question.list and subscriber.key = question.key";

    SIGNING_KEY_ALL = ["select made_at, secret from signing_key order by id desc limit $1"];
    SIGNING_KEY_ADD = ["insert into signing_key (made_at, secret) values ($1, $2)"];
    /// One key on first need, also when several nodes need it at once.
    SIGNING_KEY_LOCK = "select 1" / "select cast(pg_advisory_xact_lock(7021791116) as text)";
    TOKEN_KEEP = [
        "insert into token (digest, list, action, key, address, name, other_of, until) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)"];
    TOKEN_OF = [
        "select list, action, key, address, name, other_of, until, used_at from token \
         where digest = $1"];
    TOKEN_USE = ["update token set used_at = $2 where digest = $1 and used_at is null"];
    TOKEN_FORGET = ["delete from token where until < $1"];
}
