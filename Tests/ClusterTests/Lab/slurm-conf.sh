#!/usr/bin/env bash
# Prints the slurm.conf of the lab: the defaults of Slurm, with shorter times. A job that is requeued
# waits as long as its credential is valid (cred_expire), which is otherwise 2 minutes.
#
#   slurm-conf.sh LOGS HOSTS
set -euo pipefail

cat <<CONF
ClusterName=lab
SlurmctldHost=head(10.77.0.254)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=/run/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=/run/state
SlurmdSpoolDir=/run/spool/%n
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/spool/%n/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
TmpFS=/run/local
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
MessageTimeout=10
SlurmctldTimeout=30
SlurmdTimeout=10
KillWait=5
BatchStartTimeout=10
CompleteWait=0
SlurmdParameters=config_overrides
NodeName=h[1-$2] NodeAddr=10.77.0.[1-$2] CPUs=128 RealMemory=8000
PartitionName=main Nodes=h[1-$2] Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=3
PartitionName=high Nodes=h[1-$2] PriorityTier=10 PreemptMode=OFF
CONF
