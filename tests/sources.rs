//! The sources of package pushes against the real things: repositories made by createrepo_c, a
//! broker, and a build system's hub that speaks captured forms of answers.

#[cfg(feature = "amqp")]
#[path = "sources/amqp.rs"]
mod amqp;
#[allow(dead_code, reason = "the stories use the rest of it")]
#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/hub.rs"]
mod hub;
#[path = "sources/koji.rs"]
mod koji;
#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "sources/mqtt.rs"]
mod mqtt;
#[allow(dead_code, reason = "the stories use the rest of it")]
#[path = "support/process.rs"]
mod process;
#[cfg(feature = "amqp")]
#[path = "support/rabbitmq.rs"]
mod rabbitmq;
#[path = "sources/repodata.rs"]
mod repodata;
#[path = "support/rpm.rs"]
mod rpm;
