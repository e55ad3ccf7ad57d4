//! The engine's way to a mail service, as the worker's is: real requests, real answers, over real TCP.

use std::time::Duration;

use lead_core::mail::Mail;
use lead_core::mail::provider::{Reply, Request, Service};
use lead_core::mail::sending::{Answer, Provider, Sight, Told};
use lead_core::time::Instant;
use lead_store::nurture::send::Post;
use ureq::{Agent, http};

/// Calls a service.
pub(crate) struct Wire<'a> {
    pub(crate) service: Service,
    pub(crate) now: &'a dyn Fn() -> Instant,
    agent: Agent,
}

impl<'a> Wire<'a> {
    /// With so much patience.
    pub(crate) fn new(service: Service, now: &'a dyn Fn() -> Instant, patience: Duration) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(patience));
        Self { service, now, agent: config.max_redirects(0).build().into() }
    }

    fn call(&self, request: &Request) -> Reply {
        let mut builder = http::Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let answer = match &request.body {
            Some(body) => self.agent.run(builder.body(body.clone()).unwrap()),
            None => self.agent.run(builder.body(()).unwrap()),
        };
        let Ok(mut answer) = answer else { return Reply::Lost };
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        match answer.body_mut().read_to_vec() {
            Ok(body) => Reply::Came { status: answer.status().as_u16(), retry_after, body },
            Err(_) => Reply::Lost,
        }
    }
}

impl Post for Wire<'_> {
    fn provider(&self, _: &Mail) -> Provider {
        self.service.provider()
    }

    async fn send(&self, mail: &Mail) -> Told<Answer> {
        match self.service.handing_over(mail) {
            Some(request) => self.service.handed_over(&self.call(&request), (self.now)()),
            None => Answer::Accepted { provider_id: None }.into(),
        }
    }

    async fn look_up(&self, mail: &Mail) -> Told<Sight> {
        match self.service.looking_up(mail) {
            Some(request) => self.service.looked_up(&self.call(&request), mail, (self.now)()),
            None => Sight::Unclear { after_ms: None }.into(),
        }
    }
}
