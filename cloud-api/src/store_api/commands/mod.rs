//! `POST /v1/store/commands`: everything that a counter can change, each with one effect for ever.

mod read;
mod run;

use axum::Json;
use axum::extract::State;
use shared::Code;
use shared::id::CommandKey;
use shared::log::Position;
use shared::wire::{CommandAnswer, CommandAnswers, CommandBatch, MAX_COMMANDS, Outcome};

use super::CounterSession;
use super::json::JsonBody;
use crate::app::App;
use crate::failpoint;
use crate::problem::ApiError;

/// Runs the commands one after another, each in a transaction of its own. When the answer is an error, some may have taken effect:
/// sending all of them again gives the answers that are missing.
pub(super) async fn commands(
    State(app): State<App>,
    session: CounterSession,
    JsonBody(batch): JsonBody<CommandBatch>,
) -> Result<Json<CommandAnswers>, ApiError> {
    if batch.commands.len() > MAX_COMMANDS {
        return Err(ApiError::bad_request(Code::BadRequest));
    }
    let mut answers = Vec::with_capacity(batch.commands.len());
    for value in &batch.commands {
        let answer = match read::read(value) {
            Ok(command) => run::run(&app, &session, &command, &read::body_hash(value)).await?,
            Err(refusal) => refusal,
        };
        let code = answer.code.map_or("", Code::as_str);
        metrics::counter!("commands", "outcome" => outcome(answer.outcome), "code" => code).increment(1);
        answers.push(answer);
    }
    failpoint::reach("cmd.before_reply").await?;
    Ok(Json(CommandAnswers { answers }))
}

fn applied(key: CommandKey, position: Option<Position>) -> CommandAnswer {
    CommandAnswer { key: Some(key), outcome: Outcome::Applied, code: None, position }
}

fn refused(key: Option<CommandKey>, code: Code) -> CommandAnswer {
    CommandAnswer { key, outcome: Outcome::Refused, code: Some(code), position: None }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::AlreadyApplied => "already_applied",
        Outcome::Refused => "refused",
    }
}
