#!/usr/bin/env bash
# Creates the service account of the functions (compliance@) and gives it the roles that they need. Running it again changes nothing.
#   scripts/grant-roles.sh PROJECT [--dry-run]
set -euo pipefail
project=${1:-} dry=${2:-}
if [[ -z $project || $project == -* ]]; then
  sed -n '2,3s/^# *//p' "$0"
  exit 2
fi
account="compliance@$project.iam.gserviceaccount.com"
do_it() {
  echo "+ $*"
  [[ $dry == --dry-run ]] || "$@" >/dev/null
}
if [[ $dry == --dry-run ]] || ! gcloud iam service-accounts describe "$account" --project "$project" >/dev/null 2>&1; then
  do_it gcloud iam service-accounts create compliance --project "$project" --display-name 'AMIKEO Compliance'
fi
roles=(
  roles/datastore.user               # both databases
  roles/firebaseauth.admin           # read, disable and delete accounts
  roles/identityplatform.viewer      # list the tenants of Identity Platform
  roles/storage.objectAdmin          # the person's files, exports, checkpoints
  roles/cloudtasks.enqueuer          # tasks for jobs
  roles/eventarc.eventReceiver       # events
  roles/run.invoker                  # events and tasks call the functions
  roles/logging.logWriter
)
for role in "${roles[@]}"; do
  do_it gcloud projects add-iam-policy-binding "$project" --member "serviceAccount:$account" --role "$role" --condition None
done
# Tasks are enqueued with an identity token of this same account (actAs).
do_it gcloud iam service-accounts add-iam-policy-binding "$account" --project "$project" --member "serviceAccount:$account" --role roles/iam.serviceAccountUser
for secret in PSEUDONYM_KEY_V1 EVIDENCE_SIGNING_KEY_V1 STRIPE_SECRET_KEY BREVO_API_KEY; do
  if [[ $dry != --dry-run ]] && ! gcloud secrets describe "$secret" --project "$project" >/dev/null 2>&1; then
    echo "- $secret is not there yet: the CLI grants access to it when the functions are deployed"
    continue
  fi
  do_it gcloud secrets add-iam-policy-binding "$secret" --project "$project" --member "serviceAccount:$account" --role roles/secretmanager.secretAccessor
done
