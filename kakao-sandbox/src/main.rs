//! `kakao-sandbox serve`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use kakao_sandbox::{Block, Config, Mode, Sandbox, alimtalk};

#[derive(Parser)]
#[command(
    name = "kakao-sandbox",
    about = "Stands in for Kakao on one machine: chat page, KakaoPay, AlimTalk"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGINT or SIGTERM.
    Serve(Box<Serve>),
}

#[derive(Args)]
struct Serve {
    #[arg(long, env = "SANDBOX_BIND", default_value = "127.0.0.1:9090")]
    bind: String,
    /// Address that browsers use, when it differs from the bound one.
    #[arg(long, env = "SANDBOX_PUBLIC_URL")]
    public_url: Option<String>,
    /// The skill server, for example http://127.0.0.1:8080/kakao/skill.
    #[arg(long, env = "SANDBOX_SKILL_URL")]
    skill_url: Option<String>,
    /// Sent to the skill server as X-Skill-Secret.
    #[arg(long, env = "SANDBOX_SKILL_SECRET", hide_env_values = true)]
    skill_secret: Option<String>,
    #[arg(long, env = "SANDBOX_BOT_ID")]
    bot_id: Option<String>,
    #[arg(long, env = "SANDBOX_BOT_NAME")]
    bot_name: Option<String>,
    /// The one block that every button of the shop calls.
    #[arg(long, env = "SANDBOX_BLOCK_ID")]
    block_id: Option<String>,
    #[arg(long, env = "SANDBOX_ENTRY_BLOCK_ID")]
    entry_block_id: Option<String>,
    #[arg(long, env = "SANDBOX_FALLBACK_BLOCK_ID")]
    fallback_block_id: Option<String>,
    /// JSON list of further blocks: [{"id","name","utterances","callback","event"}].
    #[arg(long, env = "SANDBOX_BLOCKS")]
    blocks: Option<PathBuf>,
    /// Cuts texts that are too long instead of refusing the answer.
    #[arg(long, env = "SANDBOX_LENIENT", value_parser = FalseyValueParser::new())]
    lenient: bool,
    /// Varies optional request fields at random.
    #[arg(long, env = "SANDBOX_CHAOS", value_parser = FalseyValueParser::new())]
    chaos: bool,
    /// Registered domain for payment return addresses; repeat it or separate with commas. None: any loopback address.
    #[arg(long = "payment-site-domain", env = "SANDBOX_PAYMENT_SITE_DOMAIN", value_delimiter = ',')]
    payment_site_domains: Vec<String>,
    #[arg(long, env = "SANDBOX_PAYMENT_SECRET_KEY", hide_env_values = true)]
    payment_secret_key: Option<String>,
    #[arg(long, env = "SANDBOX_PAYMENT_CID", default_value = "TC0ONETIME")]
    payment_cid: String,
    #[arg(long, env = "SANDBOX_ALIMTALK_APP_KEY")]
    alimtalk_app_key: Option<String>,
    #[arg(long, env = "SANDBOX_ALIMTALK_SECRET_KEY", hide_env_values = true)]
    alimtalk_secret_key: Option<String>,
    /// JSON list of approved templates: [{"templateCode","templateName","templateContent","buttons"}].
    #[arg(long, env = "SANDBOX_ALIMTALK_TEMPLATES")]
    alimtalk_templates: Option<PathBuf>,
    /// Registered sender numbers of short messages; none accepts any.
    #[arg(long = "sms-sender", env = "SANDBOX_SMS_SENDERS", value_delimiter = ',')]
    sms_senders: Vec<String>,
    /// REST API key of the Event API; none accepts any.
    #[arg(long, env = "SANDBOX_REST_API_KEY", hide_env_values = true)]
    rest_api_key: Option<String>,
    /// Customers that the chat page opens with.
    #[arg(long, env = "SANDBOX_CUSTOMERS", default_value_t = 3)]
    customers: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SANDBOX_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let Command::Serve(serve) = Cli::parse().command;
    let sandbox = Sandbox::start(config(*serve)?).await?;
    println!("kakao-sandbox listening on {}", sandbox.url());
    stop_signal().await?;
    sandbox.shutdown().await;
    Ok(())
}

fn config(serve: Serve) -> anyhow::Result<Config> {
    let default = Config::default();
    Ok(Config {
        bind: serve.bind,
        public_url: serve.public_url,
        skill_url: serve.skill_url,
        skill_secret: serve.skill_secret,
        bot_id: serve.bot_id.unwrap_or(default.bot_id),
        bot_name: serve.bot_name.unwrap_or(default.bot_name),
        entry_block_id: serve.entry_block_id.unwrap_or(default.entry_block_id),
        fallback_block_id: serve.fallback_block_id.unwrap_or(default.fallback_block_id),
        block_id: serve.block_id.unwrap_or(default.block_id),
        blocks: serve.blocks.as_deref().map(read_json::<Vec<Block>>).transpose()?.unwrap_or_default(),
        mode: if serve.lenient { Mode::Lenient } else { Mode::Strict },
        chaos: serve.chaos,
        site_domains: serve.payment_site_domains,
        pay_secret_key: serve.payment_secret_key,
        pay_cid: serve.payment_cid,
        alimtalk_app_key: serve.alimtalk_app_key,
        alimtalk_secret_key: serve.alimtalk_secret_key,
        alimtalk_templates: serve
            .alimtalk_templates
            .as_deref()
            .map(read_json::<alimtalk::Templates>)
            .transpose()?
            .map(alimtalk::Templates::into_vec)
            .unwrap_or_default(),
        sms_senders: (!serve.sms_senders.is_empty()).then_some(serve.sms_senders),
        rest_api_key: serve.rest_api_key,
        customers: serve.customers,
    })
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} does not have the expected shape", path.display()))
}

async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.context("cannot wait for SIGINT"),
        _ = terminate.recv() => Ok(()),
    }
}
