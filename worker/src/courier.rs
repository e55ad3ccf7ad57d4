//! Carries mails to the service that the environment names, over HTTP or by the binding `EMAIL`. What is asked and what an answer
//! means is core's to say.

use crate::secrets;
use lead_core::mail::provider::{Account, Reply, Request, Service};
use lead_core::mail::sending::{Answer, CALL_MS, Provider, Repeats, Sight, Told};
use lead_core::mail::{Mail, MailKind};
use lead_core::time::Instant;
use lead_store::nurture::send::Post;
use std::cell::Cell;
use std::time::Duration;
use worker::wasm_bindgen::JsValue;
use worker::{
    AbortSignal, Date, Delay, EmailAddress, Env, Fetch, Headers, Method, RequestInit, RequestRedirect, SendEmail,
    SendEmailBuilder, web_sys,
};

/// Cloudflare's own way to send: nobody can ask it what became of a mail.
const BINDING: Provider = Provider { name: "cloudflare", repeats: Repeats::Unknowable };

/// How many calls a second a service bears unless the environment says otherwise: what Resend allowed every account for long.
const PER_SECOND: u32 = 2;

/// Whoever takes this deployment's mails.
pub(crate) struct Courier {
    service: Service,
    binding: Option<SendEmail>,
    patience_ms: u32,
    pause_ms: u64,
    last: Cell<u64>,
}

impl Courier {
    /// As the environment says.
    ///
    /// # Errors
    /// The name of the variable that is missing or wrong.
    pub(crate) fn of(env: &Env) -> Result<Self, &'static str> {
        let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
        let account = |url: &str, default: &str, key: &'static str| {
            let url = or(secrets::text(env, url), default).trim_end_matches('/').to_owned();
            let account = Account { url, key: secrets::text(env, key) };
            if account.key.is_empty() { Err(key) } else { Ok(account) }
        };
        let service = match secrets::text(env, "MAIL_PROVIDER").as_str() {
            "" | "outbox" => Service::Outbox,
            "resend" => Service::Resend(account("RESEND_URL", "https://api.resend.com", "RESEND_API_KEY")?),
            "postmark" => Service::Postmark {
                account: account("POSTMARK_URL", "https://api.postmarkapp.com", "POSTMARK_SERVER_TOKEN")?,
                stream: or(secrets::text(env, "POSTMARK_STREAM"), "outbound"),
            },
            _ => return Err("MAIL_PROVIDER"),
        };
        let number = |name: &str| secrets::text(env, name).parse::<u32>().ok().filter(|number| *number > 0);
        let longest = u32::try_from(CALL_MS).unwrap_or(u32::MAX);
        Ok(Self {
            service,
            binding: secrets::is_bound(env, "EMAIL").then(|| env.send_email("EMAIL").ok()).flatten(),
            patience_ms: number("MAIL_TIMEOUT_MS").map_or(longest, |ms| ms.min(longest)),
            pause_ms: u64::from(1000 / number("MAIL_PER_SECOND").unwrap_or(PER_SECOND).min(1000)),
            last: Cell::new(0),
        })
    }

    /// The binding, for mails to people of the company: sign-in links, and word of a lead.
    fn binding(&self, mail: &Mail) -> Option<&SendEmail> {
        self.binding.as_ref().filter(|_| matches!(mail.kind, MailKind::SignIn | MailKind::LeadAlert))
    }

    async fn call(&self, request: &Request) -> Reply {
        let wait = (self.last.get() + self.pause_ms).saturating_sub(Date::now().as_millis());
        if wait > 0 {
            Delay::from(Duration::from_millis(wait.min(self.pause_ms))).await;
        }
        self.last.set(Date::now().as_millis());
        self.fetch(request).await.unwrap_or(Reply::Lost)
    }

    async fn fetch(&self, request: &Request) -> worker::Result<Reply> {
        let headers = Headers::new();
        for (name, value) in &request.headers {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        init.with_method(Method::from(request.method.to_owned())).with_headers(headers);
        // A key is for the address it was given for.
        init.with_redirect(RequestRedirect::Manual).with_body(request.body.as_deref().map(JsValue::from_str));
        let request = worker::Request::new_with_init(&request.url, &init)?;
        // It also ends a body that does not.
        let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(self.patience_ms));
        let mut answer = Fetch::Request(request).send_with_signal(&signal).await?;
        let retry_after = answer.headers().get("retry-after")?;
        Ok(Reply::Came { status: answer.status_code(), retry_after, body: answer.bytes().await? })
    }
}

impl Post for Courier {
    fn provider(&self, mail: &Mail) -> Provider {
        if self.binding(mail).is_some() { BINDING } else { self.service.provider() }
    }

    async fn send(&self, mail: &Mail) -> Told<Answer> {
        if let Some(binding) = self.binding(mail) {
            return by_binding(binding, mail).await;
        }
        match self.service.handing_over(mail) {
            Some(request) => self.service.handed_over(&self.call(&request).await, now()),
            None => Answer::Accepted { provider_id: None }.into(),
        }
    }

    async fn look_up(&self, mail: &Mail) -> Told<Sight> {
        match self.service.looking_up(mail) {
            Some(request) => self.service.looked_up(&self.call(&request).await, mail, now()),
            None => Sight::Unclear { after_ms: None }.into(),
        }
    }
}

/// The runtime says nothing of what an error means, so each is unclear.
async fn by_binding(binding: &SendEmail, mail: &Mail) -> Told<Answer> {
    let from = EmailAddress::new(mail.from_name.as_deref().unwrap_or_default(), &mail.from_address);
    let message = SendEmailBuilder::new_with_email_address_and_str(&from, &mail.to_address, &mail.subject);
    message.set_html(&mail.body);
    message.set_text(&mail.body_text);
    if let Some(reply) = &mail.reply_address {
        message.set_reply_to(reply);
    }
    match binding.send_with_builder(&message).await {
        Ok(sent) => Answer::Accepted { provider_id: Some(sent.message_id()) }.into(),
        Err(_) => Answer::Unclear.into(),
    }
}

fn now() -> Instant {
    crate::arrival::now().unwrap_or_default()
}
