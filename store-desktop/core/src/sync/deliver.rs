//! Delivers commands in the order they were given, under the keys they were given, until each has an answer.

use shared::Code;
use shared::wire::{Command, CommandAnswer, CommandAnswers, MAX_COMMANDS, Outcome, Problem};

use super::{Backoff, Server};
use crate::cloud::CloudError;
use crate::counter::Counter;
use crate::failpoint;

/// Sends whatever waits; ends when the sign-in does.
pub(super) async fn deliver(counter: &Counter, cloud: &impl Server) -> Problem {
    let mut backoff = Backoff::new(&counter.timing());
    let mut limit = MAX_COMMANDS;
    loop {
        let commands = match counter.take_to_send(limit).await {
            Ok(commands) if commands.is_empty() => {
                counter.command_given().await;
                continue;
            }
            Ok(commands) => commands,
            Err(error) => {
                tracing::error!(%error, "commands cannot be read from the journal");
                tokio::time::sleep(backoff.next_wait()).await;
                continue;
            }
        };
        match attempt(counter, cloud, &commands).await {
            Sent::Answered => {
                backoff.reset();
                limit = MAX_COMMANDS;
            }
            // One of them makes the server refuse the whole request: find it by sending them one by one.
            Sent::Malformed if commands.len() > 1 => limit = 1,
            Sent::Malformed | Sent::NotAnswered => wait(counter, &mut backoff).await,
            Sent::SessionEnded(problem) => return *problem,
        }
    }
}

enum Sent {
    Answered,
    NotAnswered,
    Malformed,
    SessionEnded(Box<Problem>),
}

async fn attempt(counter: &Counter, cloud: &impl Server, commands: &[Command]) -> Sent {
    let answers = match send(cloud, commands).await {
        Ok(answers) => with_keys(commands, answers.answers),
        Err(CloudError::Problem(problem)) if problem.status == 401 => return Sent::SessionEnded(problem),
        Err(CloudError::Problem(problem)) if is_about_the_content(&problem) => match commands {
            [only] => vec![refused(only, problem.code)],
            _ => return Sent::Malformed,
        },
        Err(error) => {
            tracing::debug!(%error, commands = commands.len(), "commands were not delivered");
            return Sent::NotAnswered;
        }
    };
    if answers.is_empty() {
        return Sent::NotAnswered;
    }
    match counter.keep_answers(answers).await {
        Ok(()) => Sent::Answered,
        Err(error) => {
            // They are asked for again under the same keys, and the server answers the same.
            tracing::error!(%error, "answers cannot be written to the journal");
            Sent::NotAnswered
        }
    }
}

async fn send(cloud: &impl Server, commands: &[Command]) -> Result<CommandAnswers, CloudError> {
    failpoint::reach("pc.before_send").await?;
    let answers = cloud.commands(commands).await?;
    failpoint::reach("pc.after_send").await?;
    Ok(answers)
}

/// Answers come in the order of the request; a command too broken to have a key is known by its place.
fn with_keys(commands: &[Command], answers: Vec<CommandAnswer>) -> Vec<CommandAnswer> {
    let keyed = |(command, answer): (&Command, CommandAnswer)| CommandAnswer {
        key: Some(answer.key.unwrap_or(command.key)),
        ..answer
    };
    commands.iter().zip(answers).map(keyed).collect()
}

fn is_about_the_content(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 413 | 422)
}

fn refused(command: &Command, code: Code) -> CommandAnswer {
    CommandAnswer { key: Some(command.key), outcome: Outcome::Refused, code: Some(code), position: None }
}

async fn wait(counter: &Counter, backoff: &mut Backoff) {
    tokio::select! {
        biased;
        () = tokio::time::sleep(backoff.next_wait()) => {}
        // The event stream came back: the server is there.
        () = counter.connected_again() => {}
    }
}
